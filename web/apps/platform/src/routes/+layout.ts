// The gateway serves static files only: everything is rendered in the browser.
export const ssr = false;
export const prerender = false;
export const trailingSlash = 'never';
