// Texts of this app: messages/{en,de}.json, compiled by Paraglide to typed functions. They are imported as
// `import * as m from '$lib/paraglide/messages'`, so that every page brings only its own texts along. The root
// layout imports this file once, and from then on they follow the language as it is switched.
import { locale } from '@erynoa/ui';
import { overwriteGetLocale } from './paraglide/runtime.js';

overwriteGetLocale(() => locale.current);
