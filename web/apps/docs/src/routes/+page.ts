// With a slash at its end, so that the home page too lies inside the scope of
// the service worker (/docs/) and works offline.
export const trailingSlash = 'always';
