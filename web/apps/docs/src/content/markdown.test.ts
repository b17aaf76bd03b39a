import { describe, expect, it } from 'vitest';
import { anchorOf, render, splitFrontMatter } from './markdown.ts';

const same = (href: string) => href;
const html = (page: ReturnType<typeof render>) =>
	page.segments.map((segment) => ('html' in segment ? segment.html : '')).join('');

describe('markdown', () => {
	it('raw HTML is shown and never run', () => {
		expect(html(render('# T\n\n<script>alert(1)</script> <b>x</b>', same))).not.toMatch(/<(script|b)>/);
	});

	it('a javascript address is no link', () => {
		expect(html(render('# T\n\n[x](javascript:alert(1))', same))).not.toContain('href');
	});

	it('a figure stands between what is above and below it', () => {
		const { segments, figures } = render('# T\n\nabove\n\n<!-- figure: voice -->\n\nbelow', same);
		expect(segments).toEqual([{ html: '<p>above</p>\n' }, { figure: 'voice' }, { html: '<p>below</p>\n' }]);
		expect(figures).toEqual(['voice']);
	});

	it('a figure marker inside code is code', () => {
		expect(render('# T\n\n```\n<!-- figure: voice -->\n```', same).figures).toEqual([]);
	});

	it('equal headings get different anchors', () => {
		expect(render('# T\n\n## A b\n\n## A b', same).headings.map(({ id }) => id)).toEqual(['a-b', 'a-b-1']);
	});

	it('anchors are those of GitHub', () => {
		expect(anchorOf('3 The log, checkpoints, witnesses')).toBe('3-the-log-checkpoints-witnesses');
		expect(anchorOf('`prev` über alles')).toBe('prev-über-alles');
	});

	it('the title is taken out and every passage keeps its words', () => {
		const page = render(
			'# Title\n\nlead\n\n## Part\n\n- one\n- `two`\n\n| a | b |\n|---|---|\n| c | d |',
			same,
		);
		expect(page.title).toBe('Title');
		expect(html(page)).not.toContain('Title');
		expect(page.passages.map(({ heading, text }) => [heading, text.trim()])).toEqual([
			['', 'lead'],
			['Part', 'one two a b c d'],
		]);
	});

	it('numbers do not break over lines, and code is left as it is', () => {
		expect(html(render('# T\n\n10 000 to 65 535 of `1 000`, 3 12', same))).toBe(
			'<p>10\u202f000 to 65\u202f535 of <code>1 000</code>, 3 12</p>\n',
		);
	});

	it('a translation takes the anchors of its original', () => {
		expect(render('# T\n\n## Grenzen\n\n### Mehr', same, ['limits']).headings.map(({ id }) => id)).toEqual([
			'limits',
			'mehr',
		]);
	});

	it('front matter with an unknown key is refused', () => {
		expect(splitFrontMatter('---\ndescription: a: b\norder: 2\n---\nx')).toEqual({
			data: { description: 'a: b', order: 2 },
			body: 'x',
		});
		expect(() => splitFrontMatter('---\ntitel: x\n---\n')).toThrow('titel');
	});
});
