// ffmpeg's own worker under a name of ours: the server lets only this file compile WebAssembly.
import '@ffmpeg/ffmpeg/worker';
