import { mount } from 'svelte';
import '../ui/theme.css';
import App from './views/App.svelte';
import { StudentPage } from './student-page.svelte.js';
import { readBrowser } from './session/browser.js';
import { browserDevices } from './session/devices.js';
import { takeToken } from './session/token.js';

/** A browser that blocks site data throws at the mere name. */
function openStorage(open: () => Storage): Storage | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}

// The address bar may get another link by hand or from a bookmark; only a reload opens it.
window.addEventListener('hashchange', () => window.location.reload());

const storage = openStorage(() => sessionStorage);
const lasting = openStorage(() => localStorage);
const token = takeToken({ location, history, storage });
// Old browsers and plain HTTP have no mediaDevices, whatever the types say.
const media = navigator.mediaDevices as MediaDevices | undefined;
const page = token === undefined ? undefined : new StudentPage(token, browserDevices(media), readBrowser(navigator.userAgent), storage, lasting);
const target = document.getElementById('app');
if (target) {
  target.textContent = '';
  mount(App, { target, props: { page } });
}
void page?.load();
