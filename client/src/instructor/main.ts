import { mount } from 'svelte';
import '../ui/theme.css';
import App from './App.svelte';

const target = document.querySelector('#app');
if (target) {
  target.textContent = '';
  mount(App, { target });
}
