import { NodeRole, type Peer, PeerStanding } from '@erynoa/proto';
import { formatDuration, shorten } from '@erynoa/ui';
import { m } from '$lib/i18n';

/** What a node does for the log. */
export function nodeRoleName(role: NodeRole): string {
	switch (role) {
		case NodeRole.FOLLOWER:
			return m.role_follower();
		case NodeRole.WITNESS:
			return m.role_witness();
		default:
			return m.role_home();
	}
}

export function nodeRoleText(role: NodeRole): string {
	switch (role) {
		case NodeRole.FOLLOWER:
			return m.role_follower_text();
		case NodeRole.WITNESS:
			return m.role_witness_text();
		default:
			return m.role_home_text();
	}
}

/** Whether others reach this node, as they see it. */
export function reachabilityName(reachability: string): string {
	if (reachability === 'public') return m.reachable_public();
	if (reachability === 'private') return m.reachable_private();
	return m.reachable_unknown();
}

/** What a peer may do here. */
export function standingName(standing: PeerStanding): string {
	switch (standing) {
		case PeerStanding.FULL:
			return m.standing_full();
		case PeerStanding.RECEIVE_ONLY:
			return m.standing_receive();
		case PeerStanding.BLOCKED:
			return m.standing_blocked();
		default:
			return m.standing_unknown();
	}
}

export function standingText(standing: PeerStanding): string {
	switch (standing) {
		case PeerStanding.FULL:
			return m.standing_full_text();
		case PeerStanding.RECEIVE_ONLY:
			return m.standing_receive_text();
		case PeerStanding.BLOCKED:
			return m.standing_blocked_text();
		default:
			return m.standing_unknown_text();
	}
}

export function standingTone(standing: PeerStanding): 'good' | 'info' | 'bad' | 'neutral' {
	switch (standing) {
		case PeerStanding.FULL:
			return 'good';
		case PeerStanding.RECEIVE_ONLY:
			return 'info';
		case PeerStanding.BLOCKED:
			return 'bad';
		default:
			return 'neutral';
	}
}

/** Name of a peer as lists show it. */
export function peerName(peer: Peer): string {
	return peer.name || shorten(peer.peerId);
}

/** How long a ban lasts. */
export function banDuration(seconds: number): string {
	return formatDuration(seconds, 'long');
}
