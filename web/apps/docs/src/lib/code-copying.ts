import { m } from './i18n';

/** Gives every block of code below `root` a button that copies it. */
export function codeCopying(root: HTMLElement): () => void {
	const buttons = [...root.querySelectorAll<HTMLElement>('.code')].map((block) => {
		const button = document.createElement('button');
		button.type = 'button';
		button.className = 'code-copy';
		button.textContent = m.copy_code();
		button.addEventListener('click', async () => {
			try {
				await navigator.clipboard.writeText(block.querySelector('code')?.textContent ?? '');
				button.textContent = m.copied();
			} catch {
				// Without permission, or over plain HTTP: select it, so that one key copies it.
				getSelection()?.selectAllChildren(block.querySelector('code') as HTMLElement);
			}
		});
		block.append(button);
		return button;
	});
	return () => {
		for (const button of buttons) button.remove();
	};
}
