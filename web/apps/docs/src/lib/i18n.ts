// Texts of this app: messages/{en,de}.json, compiled by Paraglide to typed
// functions. Use as `m.some_key({ name })` in templates; there they follow the
// language as it is switched.
import { locale } from '@erynoa/ui';
import { overwriteGetLocale } from './paraglide/runtime.js';

overwriteGetLocale(() => locale.current);

export { m } from './paraglide/messages.js';
