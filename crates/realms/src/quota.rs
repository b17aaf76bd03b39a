//! What a realm may use of one epoch.

use erynoa_events::{Body, Event, RealmUse, Rule, RuleParameters};
use erynoa_execution::gas;
use erynoa_kernel::{IdentityId, Violation};

use crate::error::code;
use crate::fold::{RealmFold, is_free};
use crate::judge::of_source;
use crate::parameters::{PARSE_GAS, PPM, RESERVED_PPM};
use crate::trust_view::TrustView;

impl RealmFold {
    /// The realm whose quota an event uses: its own, of a new realm the one
    /// above.
    fn charged(&self, event: &Event) -> Option<usize> {
        match &event.body {
            Body::RealmCreated(created) => self.index(&created.parent?),
            _ => self.index(&event.realm),
        }
    }

    /// What an event uses of its realm's quota. Depends on the event and on the
    /// rules in force.
    #[must_use]
    pub fn use_of(&self, event: &Event, bytes: usize) -> RealmUse {
        let rules = match self.charged(event) {
            Some(index) if !is_free(event.body.kind()) => {
                self.realms[index].effective.expression_gas
            }
            _ => 0,
        };
        let parsed = match &event.body {
            Body::RealmCreated(created) => expressions(&created.rules),
            Body::Proposal(said) => expressions(&said.set),
            _ => 0,
        };
        let look_ups = gas::TRUST_LOOK_UP;
        let causes = gas::VALIDATE + gas::VALIDATE_PARENT * event.parents.len() as u64;
        let gas = causes + gas::SIGNATURE + look_ups + rules + PARSE_GAS * parsed;
        RealmUse { events: 1, bytes: bytes as u64, gas }
    }

    /// Counts an event of anybody but the log itself; what is said in a
    /// partition counts in the realm above it as well.
    pub(crate) fn count(&mut self, event: &Event, bytes: usize) {
        if event.author == self.log_identity() {
            return;
        }
        let Some(index) = self.charged(event) else { return };
        let uses = self.use_of(event, bytes);
        let crossings = u64::from(matches!(event.body, Body::RealmJoined(_)));
        let governing = self.governing(index);
        for index in [Some(index), Some(governing).filter(|&other| other != index)] {
            let Some(index) = index else { continue };
            let used = &mut self.realms[index].used;
            if *used == [0; 4] {
                self.used.push(u32::try_from(index).expect("bounded at admission"));
            }
            for (sum, part) in used.iter_mut().zip([uses.events, uses.bytes, uses.gas, crossings]) {
                *sum = sum.saturating_add(part);
            }
        }
    }

    /// Parts of a realm's quota, and of a partition's also of the realm above
    /// it, that are used up, or held back for members with a voice, when
    /// `staged` and what is applied come together. The root realm is bounded by
    /// the epoch itself.
    pub(crate) fn quota_violations(
        &self,
        index: usize,
        who: &IdentityId,
        staged: RealmUse,
        crossing: bool,
        trust: &dyn TrustView,
    ) -> Vec<Violation> {
        let mut found = self.quota_of_one(index, who, staged, crossing, trust);
        let governing = self.governing(index);
        if governing != index {
            found.extend(self.quota_of_one(governing, who, staged, crossing, trust));
        }
        found
    }

    fn quota_of_one(
        &self,
        index: usize,
        who: &IdentityId,
        staged: RealmUse,
        crossing: bool,
        trust: &dyn TrustView,
    ) -> Vec<Violation> {
        if index == 0 {
            return Vec::new();
        }
        let realm = &self.realms[index];
        let staged = [staged.events, staged.bytes, staged.gas, u64::from(crossing)];
        let names = ["events", "bytes", "gas", "crossings"];
        let mut found = Vec::new();
        let parts = realm.used.iter().zip(staged).zip(&realm.effective.quota).zip(names);
        for (((used, staged), limit), name) in parts {
            let used = used.saturating_add(staged);
            let open = limit.value - limit.value * RESERVED_PPM / u64::from(PPM);
            let (code, message) = if used > limit.value {
                let all = limit.value;
                (
                    code::REALM_QUOTA_EXCEEDED,
                    format!("the realm may use {all} {name} in one epoch; come back in the next"),
                )
            } else if staged > 0
                && used > open
                && !trust.standing(&self.realms[self.governing(index)].id, who).1
            {
                (
                    code::REALM_THROTTLED,
                    format!(
                        "less than 20 % of the realm's {name} are left in this epoch and they are for members with a voice; come back in the next"
                    ),
                )
            } else {
                continue;
            };
            let violation = Violation::new(code.0, format!("quota.{name}"), message);
            found.push(of_source(violation, limit.source.as_ref()));
        }
        found
    }
}

fn expressions(rules: &[Rule]) -> u64 {
    let is = |rule: &&Rule| matches!(rule.parameters, RuleParameters::Expression { .. });
    rules.iter().filter(is).count() as u64
}
