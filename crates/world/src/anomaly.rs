//! What is odd in the log (protocol §10): too much at once, far from the habit,
//! circles of praise. A finding is a reason to look and never a penalty.
//!
//! The time is that of the events, so that every node finds the same in the same
//! log. Windows are bounded: what falls out of one was too much to remember, and
//! a finding by then.

mod circles;
mod pulse;

use std::collections::VecDeque;

use erynoa_events::{AnomalyClass, EventKind, Severity};
use erynoa_kernel::{EventId, IdentityId, RealmId};
use rustc_hash::FxHashMap;

use crate::observation::Observation;
use circles::{Circle, Circles};
use pulse::Pulse;

/// Findings that are kept, newest ones.
pub const MAX_FINDINGS: usize = 1_024;
/// Events that a finding names, as many as a report can.
pub const MAX_EVIDENCE: usize = 8;
/// Events of one identity in a minute; more is too much.
pub const EVENTS_PER_MINUTE: usize = 60;
/// Events of one identity in an hour; more is too much.
pub const EVENTS_PER_HOUR: usize = 500;
/// Windows, microseconds.
pub(crate) const MINUTE_US: u64 = 60_000_000;
pub(crate) const HOUR_US: u64 = 3_600_000_000;

/// Something odd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Counts the findings of this log, from 1; stays the same while it stands.
    pub id: u64,
    /// Realm of the event that showed it.
    pub realm: RealmId,
    /// What is odd.
    pub class: AnomalyClass,
    /// How odd.
    pub severity: Severity,
    /// Whom it is about: the identity, or the roots of the circle in its order.
    pub subjects: Vec<IdentityId>,
    /// Events that show it, at most 8, oldest first; of a circle one a step.
    pub evidence: Vec<EventId>,
    /// First and last event, microseconds.
    pub first_us: u64,
    /// … and the last.
    pub last_us: u64,
    /// What was measured, thousandths: events, or steps of a circle.
    pub measured_milli: u64,
    /// What is usual or allowed at most, thousandths; 0 for a circle.
    pub expected_milli: u64,
}

/// Watches the log as it grows.
#[derive(Clone, Debug, Default)]
pub struct Detector {
    nodes: FxHashMap<IdentityId, u32>,
    /// By node; the world names its identities alike.
    identities: Vec<IdentityId>,
    pulses: Vec<Pulse>,
    circles: Circles,
    /// Standing circles, by their roots.
    circle_findings: FxHashMap<[u32; 4], u64>,
    /// Oldest first, with the circle of those that are one.
    findings: VecDeque<(Finding, Option<[u32; 4]>)>,
    found: u64,
}

/// Nodes of an author, its root, and a partner of another root.
#[derive(Clone, Copy)]
pub(crate) struct Parties {
    pub(crate) author: u32,
    pub(crate) author_root: u32,
    pub(crate) partner: Option<u32>,
}

/// What one of the windows has to say.
pub(crate) struct Alarm {
    pub(crate) class: AnomalyClass,
    pub(crate) severity: Severity,
    pub(crate) evidence: Vec<EventId>,
    pub(crate) first_us: u64,
    pub(crate) last_us: u64,
    pub(crate) measured_milli: u64,
    pub(crate) expected_milli: u64,
}

impl Detector {
    /// Takes in the next entry of the log. `epoch_closed` is the log's duty and
    /// nobody's habit; it is not looked at.
    pub fn observe(&mut self, observation: &Observation) {
        let parties = self.parties(observation);
        self.observe_parties(observation, parties);
    }

    /// Who takes part in an observation, each looked up once.
    pub(crate) fn parties(&mut self, observation: &Observation) -> Parties {
        let author = self.node(&observation.author);
        let author_root = if observation.author_root == observation.author {
            author
        } else {
            self.node(&observation.author_root)
        };
        let partner = observation.partner_root.filter(|root| *root != observation.author_root);
        Parties { author, author_root, partner: partner.map(|root| self.node(&root)) }
    }

    pub(crate) fn observe_parties(&mut self, observation: &Observation, parties: Parties) {
        if observation.kind == EventKind::EpochClosed {
            return;
        }
        let Parties { author, author_root, partner } = parties;
        let (wall_us, event) = (observation.wall_us, observation.event);
        if let Some(alarm) = self.pulses[author as usize].beat(wall_us, event) {
            self.report(observation.realm, vec![observation.author], alarm, None);
        }
        for slot in pulse::WINDOWS {
            let Some(alarm) = self.pulses[author as usize].too_fast(slot) else { continue };
            let standing = self.pulses[author as usize].finding(slot);
            if !self.extend(standing, &alarm, slot.length_us) {
                let id = self.report(observation.realm, vec![observation.author], alarm, None);
                self.pulses[author as usize].set_finding(slot, id);
            }
        }
        let Some(partner) = partner.filter(|_| observation.speaks_for) else { return };
        if let Some(circle) = self.circles.step(author_root, partner, wall_us, event) {
            self.report_circle(observation.realm, circle);
        }
    }

    /// Identity of a node.
    pub(crate) fn name(&self, node: u32) -> IdentityId {
        self.identities[node as usize]
    }

    /// Node of an identity that was seen.
    pub(crate) fn find_node(&self, id: &IdentityId) -> Option<u32> {
        self.nodes.get(id).copied()
    }

    pub(crate) fn node(&mut self, id: &IdentityId) -> u32 {
        if let Some(&index) = self.nodes.get(id) {
            return index;
        }
        let index = u32::try_from(self.identities.len()).expect("fewer than 2³² identities");
        self.identities.push(*id);
        self.pulses.push(Pulse::default());
        self.circles.grow();
        self.nodes.insert(*id, index);
        index
    }

    fn report_circle(&mut self, realm: RealmId, circle: Circle) {
        let mut key = [u32::MAX; 4];
        key[..circle.roots.len()].copy_from_slice(&circle.roots);
        key.sort_unstable();
        let subjects = circle.roots.iter().map(|&root| self.identities[root as usize]).collect();
        let alarm = circle.alarm();
        let standing = self.circle_findings.get(&key).copied().unwrap_or(0);
        if !self.extend(standing, &alarm, HOUR_US) {
            let id = self.report(realm, subjects, alarm, Some(key));
            self.circle_findings.insert(key, id);
        }
    }

    /// Lets a finding that still stands go on. Says whether there is one.
    fn extend(&mut self, id: u64, alarm: &Alarm, window_us: u64) -> bool {
        let first = self.found - self.findings.len() as u64 + 1;
        let position = id.checked_sub(first).and_then(|position| usize::try_from(position).ok());
        let Some((finding, _)) = position.and_then(|position| self.findings.get_mut(position))
        else {
            return false;
        };
        if finding.last_us.saturating_add(window_us) < alarm.last_us {
            return false;
        }
        finding.last_us = finding.last_us.max(alarm.last_us);
        finding.measured_milli = finding.measured_milli.max(alarm.measured_milli);
        true
    }

    fn report(
        &mut self,
        realm: RealmId,
        subjects: Vec<IdentityId>,
        alarm: Alarm,
        circle: Option<[u32; 4]>,
    ) -> u64 {
        self.found += 1;
        if self.findings.len() == MAX_FINDINGS
            && let Some((old, Some(key))) = self.findings.pop_front()
            && self.circle_findings.get(&key) == Some(&old.id)
        {
            self.circle_findings.remove(&key);
        }
        let finding = Finding {
            id: self.found,
            realm,
            class: alarm.class,
            severity: alarm.severity,
            subjects,
            evidence: alarm.evidence,
            first_us: alarm.first_us,
            last_us: alarm.last_us,
            measured_milli: alarm.measured_milli,
            expected_milli: alarm.expected_milli,
        };
        self.findings.push_back((finding, circle));
        self.found
    }

    /// Findings, newest first.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().rev().map(|(finding, _)| finding)
    }

    /// How many there have been, those that are not kept included.
    #[must_use]
    pub const fn found(&self) -> u64 {
        self.found
    }

    /// Events and edges that are kept now; what they are bounded by is in the
    /// modules' constants.
    #[must_use]
    pub fn kept(&self) -> (usize, usize) {
        (self.pulses.iter().map(Pulse::kept).sum(), self.circles.kept())
    }
}

/// At most [`MAX_EVIDENCE`] of `count` positions, spread evenly, ends included.
pub(crate) fn spread(count: usize) -> impl Iterator<Item = usize> {
    let taken = count.min(MAX_EVIDENCE);
    (0..taken).map(move |i| if taken < 2 { 0 } else { i * (count - 1) / (taken - 1) })
}
