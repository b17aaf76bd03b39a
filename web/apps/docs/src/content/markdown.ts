// From markdown to what a page shows. Runs at build time only.
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import css from 'highlight.js/lib/languages/css';
import ini from 'highlight.js/lib/languages/ini';
import json from 'highlight.js/lib/languages/json';
import protobuf from 'highlight.js/lib/languages/protobuf';
import rust from 'highlight.js/lib/languages/rust';
import typescript from 'highlight.js/lib/languages/typescript';
import MarkdownIt from 'markdown-it';
import type Token from 'markdown-it/lib/token.mjs';
import type { FigureName, PageBody } from '../lib/content.ts';

for (const [name, language] of Object.entries({ bash, css, ini, json, protobuf, rust, typescript })) {
	hljs.registerLanguage(name, language);
}
hljs.registerAliases(['sh', 'shell', 'console'], { languageName: 'bash' });
hljs.registerAliases(['toml'], { languageName: 'ini' });
hljs.registerAliases(['ts', 'js'], { languageName: 'typescript' });
hljs.registerAliases(['proto'], { languageName: 'protobuf' });

export interface FrontMatter {
	description: string;
	/** Place in its section; pages without one come last, by title. */
	order: number;
}

/** A stretch of plain text under one heading, for the search. */
export interface Passage {
	/** Empty above the first heading. */
	anchor: string;
	heading: string;
	text: string;
}

export interface Rendered extends PageBody {
	title: string;
	/** Addresses as written, in the order of the page. */
	links: string[];
	figures: string[];
	passages: Passage[];
}

/** Splits `--- … ---` from the text below it. */
export function splitFrontMatter(source: string): { data: FrontMatter; body: string } {
	const data: FrontMatter = { description: '', order: Number.MAX_SAFE_INTEGER };
	const match = /^---\n([\s\S]*?)\n---\n/.exec(source);
	if (!match) return { data, body: source };
	for (const line of (match[1] ?? '').split('\n')) {
		const at = line.indexOf(':');
		const key = line.slice(0, at).trim();
		const value = line.slice(at + 1).trim();
		if (key === 'description') data.description = value;
		else if (key === 'order') data.order = Number(value);
		else throw new Error(`unknown key in front matter: ${key}`);
	}
	return { data, body: source.slice(match[0].length) };
}

/** Anchor of a heading, as GitHub makes it, so that one link works in both places. */
export function anchorOf(heading: string): string {
	return heading
		.toLowerCase()
		.replace(/[^\p{L}\p{N}\s_-]/gu, '')
		.trim()
		.replace(/\s/g, '-');
}

const figureMarker = /^<!-- figure: ([a-z]+) -->$/;

const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });

markdown.block.ruler.before('paragraph', 'figure', (state, line, _end, silent) => {
	const start = (state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0);
	const match = figureMarker.exec(state.src.slice(start, state.eMarks[line]).trim());
	if (!match) return false;
	if (!silent) {
		state.line = line + 1;
		state.push('figure', '', 0).content = match[1] ?? '';
	}
	return true;
});

markdown.renderer.rules.table_open = () => '<div class="scroll" tabindex="0" role="group"><table>\n';
markdown.renderer.rules.table_close = () => '</table></div>\n';
markdown.renderer.rules.fence = (tokens, index) => {
	const token = tokens[index] as Token;
	const language = token.info.trim().split(/\s/)[0] ?? '';
	const code = hljs.getLanguage(language)
		? hljs.highlight(token.content, { language }).value
		: markdown.utils.escapeHtml(token.content);
	return `<div class="code"><pre tabindex="0"><code>${code.replace(/\n$/, '')}</code></pre></div>\n`;
};

/** Spaces inside a number (`10 000`) never break a line. */
const thousands = /(?<=\d) (?=\d{3}(?!\d))/g;

function plainText(token: Token): string {
	return (token.children ?? [])
		.map((child) => (child.type === 'softbreak' || child.type === 'hardbreak' ? ' ' : child.content))
		.join('');
}

/**
 * Renders one page.
 *
 * @param resolveLink turns an address as written into the one to serve
 * @param anchors of the headings in their order: a translation has those of its
 *   original, so that a link with an anchor leads to the same place in both
 */
export function render(
	body: string,
	resolveLink: (href: string) => string,
	anchors: readonly string[] = [],
): Rendered {
	const tokens = markdown.parse(body, {});
	const page: Rendered = { title: '', headings: [], segments: [], links: [], figures: [], passages: [] };
	let passage: Passage = { anchor: '', heading: '', text: '' };
	page.passages.push(passage);
	const taken = new Set<string>();
	let pending: Token[] = [];

	const flush = () => {
		if (pending.length > 0)
			page.segments.push({ html: markdown.renderer.render(pending, markdown.options, {}) });
		pending = [];
	};

	for (const [index, token] of tokens.entries()) {
		const previous = tokens[index - 1];
		if (token.type === 'figure') {
			flush();
			page.segments.push({ figure: token.content as FigureName });
			page.figures.push(token.content);
			continue;
		}
		if (token.type === 'inline') {
			for (const child of token.children ?? []) {
				if (child.type === 'text') child.content = child.content.replace(thousands, '\u202f');
				if (child.type !== 'link_open') continue;
				const href = child.attrGet('href') ?? '';
				page.links.push(href);
				setLink(child, resolveLink(href));
			}
		}
		if (token.type === 'inline' && previous?.type === 'heading_open') {
			const text = plainText(token);
			if (previous.tag === 'h1') {
				// The page's own header shows the title.
				page.title = text;
				pending.pop();
				continue;
			}
			const level = Number(previous.tag.slice(1));
			const heading = { level, id: anchors[taken.size] ?? freeAnchor(text, taken), text };
			taken.add(heading.id);
			previous.attrSet('id', heading.id);
			if (heading.level <= 3) page.headings.push(heading);
			passage = { anchor: heading.id, heading: text, text: '' };
			page.passages.push(passage);
			token.children?.push(...anchorLink(heading.id));
		} else if (token.type === 'inline') {
			passage.text += `${plainText(token)} `;
		} else if (token.type === 'fence' || token.type === 'code_block') {
			passage.text += `${token.content} `;
		} else if (token.type === 'heading_close' && token.tag === 'h1') {
			continue;
		}
		pending.push(token);
	}
	flush();
	page.passages = page.passages.filter(({ heading, text }) => heading || text);
	return page;
}

function freeAnchor(text: string, taken: ReadonlySet<string>): string {
	const stem = anchorOf(text);
	let id = stem;
	for (let n = 1; taken.has(id); n++) id = `${stem}-${n}`;
	return id;
}

/** A `#` beside a heading, for the mouse; the table of contents is there for everybody else. */
function anchorLink(id: string): Token[] {
	const link = markdown.parseInline(`[#](#${id})`, {})[0]?.children ?? [];
	const open = link[0];
	open?.attrSet('class', 'anchor');
	open?.attrSet('aria-hidden', 'true');
	open?.attrSet('tabindex', '-1');
	return link;
}

function setLink(link: Token, href: string): void {
	link.attrSet('href', href);
	if (/^https?:/.test(href)) link.attrSet('rel', 'noopener');
	// Another app, or a file of the server: not a route of this one.
	else if (href.startsWith('/') && !/^\/docs(\/|#|$)/.test(href)) link.attrSet('data-sveltekit-reload', '');
}
