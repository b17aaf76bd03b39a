/** What `<!-- figure: … -->` in a page may name. */
export const figureNames = ['evidence', 'voice', 'norm', 'chain'] as const;
