import { type Notification, NotificationKind, NotificationMail } from '@erynoa/proto';
import { dimensionInfos, formatDateTime, type IconName } from '@erynoa/ui';
import * as m from '$lib/paraglide/messages';

const names = ['reliability', 'integrity', 'competence', 'prestige', 'vigilance', 'fidelity'];

/** The dimension of this name as in the protocol, in the present language. */
function dimensionName(name: string): string {
	return dimensionInfos()[names.indexOf(name)]?.name ?? name;
}

/** What happened, as one line. */
export function notificationText({ kind, words }: Notification): string {
	const word = (name: string) => words[name] || '–';
	switch (kind) {
		case NotificationKind.WELCOME:
			return m.notification_welcome();
		case NotificationKind.ATTESTATION: {
			const said = {
				author: word('author'),
				dimension: dimensionName(word('dimension')),
				realm: word('realm'),
			};
			return words.polarity === 'negative'
				? m.notification_attestation_against(said)
				: m.notification_attestation_for(said);
		}
		case NotificationKind.DEVICE_ADDED:
			return m.notification_device({ device: word('device') });
		case NotificationKind.RECOVERY_STARTED:
			return m.notification_recovery({ when: formatDateTime(BigInt(words.ends_at_us ?? 0)) });
		case NotificationKind.PROPOSAL_OPENED:
			return m.notification_proposal_opened({ realm: word('realm'), title: word('title') });
		case NotificationKind.PROPOSAL_CLOSED: {
			const ended = { realm: word('realm'), title: word('title') };
			if (words.outcome === 'executed') return m.notification_proposal_executed(ended);
			if (words.outcome === 'vetoed') return m.notification_proposal_vetoed(ended);
			return m.notification_proposal_defeated(ended);
		}
		case NotificationKind.CERTIFICATE_READY:
			return m.notification_certificate();
		case NotificationKind.EXPORT_READY:
			return m.notification_export();
		case NotificationKind.UNSPECIFIED:
			return m.notification_unknown();
	}
}

const icons: Readonly<Record<NotificationKind, IconName>> = {
	[NotificationKind.UNSPECIFIED]: 'bell',
	[NotificationKind.WELCOME]: 'home',
	[NotificationKind.ATTESTATION]: 'attest',
	[NotificationKind.DEVICE_ADDED]: 'device',
	[NotificationKind.RECOVERY_STARTED]: 'warning',
	[NotificationKind.PROPOSAL_OPENED]: 'realm',
	[NotificationKind.PROPOSAL_CLOSED]: 'gavel',
	[NotificationKind.CERTIFICATE_READY]: 'badge',
	[NotificationKind.EXPORT_READY]: 'download',
};

export function notificationIcon(kind: NotificationKind): IconName {
	return icons[kind];
}

const kinds: Readonly<Record<NotificationKind, () => string>> = {
	[NotificationKind.UNSPECIFIED]: m.notification_unknown,
	[NotificationKind.WELCOME]: m.notification_kind_welcome,
	[NotificationKind.ATTESTATION]: m.notification_kind_attestation,
	[NotificationKind.DEVICE_ADDED]: m.notification_kind_device_added,
	[NotificationKind.RECOVERY_STARTED]: m.notification_kind_recovery_started,
	[NotificationKind.PROPOSAL_OPENED]: m.notification_kind_proposal_opened,
	[NotificationKind.PROPOSAL_CLOSED]: m.notification_kind_proposal_closed,
	[NotificationKind.CERTIFICATE_READY]: m.notification_kind_certificate_ready,
	[NotificationKind.EXPORT_READY]: m.notification_kind_export_ready,
};

export function kindText(kind: NotificationKind): string {
	return kinds[kind]();
}

const mails: Readonly<Record<NotificationMail, () => string>> = {
	[NotificationMail.UNSPECIFIED]: () => '–',
	[NotificationMail.AT_ONCE]: m.notification_mail_at_once,
	[NotificationMail.DIGEST]: m.notification_mail_digest,
	[NotificationMail.NEVER]: m.notification_mail_never,
};

export function mailText(mail: NotificationMail): string {
	return mails[mail]();
}
