// The pieces that the three apps are built of; README.md says in one line each
// what they are for, the Props of each file say how.

export { default as Badge } from './Badge.svelte';
export { default as Button } from './Button.svelte';
export { default as Card } from './Card.svelte';
export { default as CopyButton } from './CopyButton.svelte';
export { default as Dialog } from './Dialog.svelte';
export { default as Drawer } from './Drawer.svelte';
export { default as BarChart } from './data/BarChart.svelte';
export { default as Facts } from './data/Facts.svelte';
export { default as LineChart } from './data/LineChart.svelte';
export { default as Sparkline } from './data/Sparkline.svelte';
export { default as Stat } from './data/Stat.svelte';
export { linear, type Point, thin, ticks } from './data/scale';
export { default as Table } from './data/Table.svelte';
export { default as WorkflowSteps } from './data/WorkflowSteps.svelte';
export { default as EmptyState } from './EmptyState.svelte';
export { default as ErrorState } from './ErrorState.svelte';
export { default as EventField } from './events/EventField.svelte';
export { eventKindCount, eventKindIcon, eventKindName } from './events/kinds';
export { default as Checkbox } from './form/Checkbox.svelte';
export { default as Choice } from './form/Choice.svelte';
export { default as Field } from './form/Field.svelte';
export { default as Input } from './form/Input.svelte';
export { default as Select } from './form/Select.svelte';
export { default as Slider } from './form/Slider.svelte';
export { default as Textarea } from './form/Textarea.svelte';
export * from './format';
export { default as Icon } from './Icon.svelte';
export { default as InfoTip } from './InfoTip.svelte';
export { type IconName, icons } from './icons';
export { default as Avatar } from './identity/Avatar.svelte';
export { default as IdentityLink } from './identity/IdentityLink.svelte';
export { default as ShortId } from './identity/ShortId.svelte';
export { default as LoadMore } from './LoadMore.svelte';
export { default as Logo } from './Logo.svelte';
export { isLocale, type Locale, locale, locales } from './locale.svelte';
export { default as Menu } from './Menu.svelte';
export { type UiMessages, words } from './messages';
export { default as OfflineBanner } from './OfflineBanner.svelte';
export { default as PageHeader } from './PageHeader.svelte';
export { default as CommandPalette } from './palette/CommandPalette.svelte';
export type { Command } from './palette/commands';
export { default as ProofSteps } from './proof/ProofSteps.svelte';
export { default as QuorumBar } from './proof/QuorumBar.svelte';
export { default as Seal } from './proof/Seal.svelte';
export { default as WitnessList } from './proof/WitnessList.svelte';
export { default as QrCode } from './QrCode.svelte';
export { default as RelativeTime } from './RelativeTime.svelte';
export { default as RuleView } from './realms/RuleView.svelte';
export { default as Skeleton } from './Skeleton.svelte';
export { default as AppShell } from './shell/AppShell.svelte';
export type { AppLink, NavItem } from './shell/navigation';
export { default as Preferences } from './shell/Preferences.svelte';
export { default as Tabs } from './Tabs.svelte';
export { default as Toaster } from './Toaster.svelte';
export { type Theme, theme, themes } from './theme.svelte';
export { type ToastKind, type ToastOptions, toasts } from './toasts.svelte';
export { type DimensionInfo, dimensionInfo, dimensionInfos, type TrustReading } from './trust/dimensions';
export { default as FinalityBadge } from './trust/FinalityBadge.svelte';
export { default as TrustBadge } from './trust/TrustBadge.svelte';
export { default as TrustBar } from './trust/TrustBar.svelte';
export { default as TrustRadar } from './trust/TrustRadar.svelte';
export { default as TrustTable } from './trust/TrustTable.svelte';
export {
	deviceName,
	highestRole,
	roleName,
	roles,
	roleText,
	signInMethodName,
	userStatusName,
	userStatusTone,
} from './words/accounts';
export {
	type ContextKey,
	contextKey,
	contextKeys,
	contextName,
	contextOf,
	contextOptions,
} from './words/contexts';
export { documentKindName, documentStepName } from './words/documents';
export { accessIcon, accessName, accessText, mediaIcon, mediaName, mediaNames, mediaOf } from './words/files';
export { proposalKindName, proposalStateName, proposalStateTone } from './words/governance';
export { nameOr } from './words/names';
export {
	proofOutcomeLook,
	proofOutcomeName,
	proofStepName,
	proofStepText,
} from './words/proof';
export {
	anomalyClasses,
	anomalyName,
	findingName,
	severities,
	severityName,
	severityTone,
} from './words/protection';
export {
	belongs,
	breakerName,
	breakerText,
	breakerTone,
	categoryName,
	isolationName,
	isolationText,
	joinPolicyName,
	joinPolicyText,
	leastTrustText,
	memberStateName,
	memberStateTone,
	type RuleCategory,
	realmName,
	ruleSentence,
} from './words/realms';
export { type SealState, sealLook, sealName } from './words/seal';
export {
	isOver,
	workflowName,
	workflowStatuses,
	workflowStatusName,
	workflowStatusTone,
	workflowStepName,
} from './words/workflows';
