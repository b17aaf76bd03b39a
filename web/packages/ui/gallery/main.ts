import './gallery.css';
import { mount } from 'svelte';
import Gallery from './Gallery.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('index.html holds #app');
// The address chooses the look, so that both can be photographed.
document.documentElement.classList.toggle('dark', new URLSearchParams(location.search).has('dark'));
mount(Gallery, { target });
