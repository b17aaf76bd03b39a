//! How many there may be: rules, expressions, proposals, realms.

use std::collections::BTreeSet;

use erynoa_events::{MAX_RULES, Rule, RuleParameters};
use erynoa_kernel::{IdentityId, Violation};

use crate::error::code;
use crate::fold::RealmFold;
use crate::parameters::{
    MAX_EXPRESSIONS, MAX_OPEN_IN_REALM, MAX_OPEN_PROPOSALS, MAX_OPEN_UNVOICED, MAX_REALMS_OF_ROOT,
};
use crate::realm::Realm;

impl RealmFold {
    /// At most 32 rules of its own, and 32 expressions in any realm, whether
    /// they are in force or will be.
    pub(crate) fn check_amount(
        &self,
        realm: Option<usize>,
        parent: Option<usize>,
        set: &[Rule],
        removed: &[String],
        found: &mut Vec<Violation>,
    ) {
        let mut ids: BTreeSet<&str> = set.iter().map(|rule| rule.id.as_str()).collect();
        let mut own: BTreeSet<&str> =
            set.iter().filter(|rule| is_expression(rule)).map(|rule| rule.id.as_str()).collect();
        let adds = !own.is_empty();
        if let Some(index) = realm {
            let realm = &self.realms[index];
            let now_us = self.closed_at_us();
            // What is set for later leaves what is in force until then.
            let replaced = |id: &str, pending: bool| {
                set.iter().any(|new| new.id == id && (pending || new.effective_from_us <= now_us))
            };
            let lists = [(&realm.own, false), (&realm.pending, true)];
            for (rule, pending) in lists
                .iter()
                .flat_map(|(list, pending)| list.iter().map(move |own| (&own.rule, *pending)))
            {
                if removed.contains(&rule.id) {
                    continue;
                }
                ids.insert(&rule.id);
                if is_expression(rule) && !replaced(&rule.id, pending) {
                    own.insert(&rule.id);
                }
            }
        }
        if ids.len() > MAX_RULES {
            found.push(Violation::new(
                code::RULE_INVALID.0,
                "rules",
                format!("a realm has at most {MAX_RULES} rules of its own; remove some"),
            ));
        }
        let above = parent.map_or(0, |parent| self.path(parent).map(expressions).sum::<usize>());
        let below = realm.map_or(0, |index| self.expressions_below(index));
        if adds && above + own.len() + below > MAX_EXPRESSIONS {
            found.push(Violation::new(
                code::RULE_INVALID.0,
                "rules",
                format!("at most {MAX_EXPRESSIONS} expressions may be in force in a realm or one below it, those counted that are set for later; join some into one"),
            ));
        }
    }

    /// Most expressions that a chain of realms below adds.
    fn expressions_below(&self, index: usize) -> usize {
        let mut most = 0;
        let mut todo = vec![(index, 0)];
        while let Some((at, sum)) = todo.pop() {
            most = most.max(sum);
            todo.extend(self.realms[at].children.iter().map(|&child| {
                let child = child as usize;
                (child, sum + expressions(&self.realms[child]))
            }));
        }
        most
    }

    /// At most five open proposals of one root, and 200 in a realm.
    pub(crate) fn check_open_proposals(
        &self,
        index: usize,
        root: &IdentityId,
        found: &mut Vec<Violation>,
    ) {
        let (mut all, mut own) = (0, 0);
        for proposal in self.open.iter().map(|&at| &self.proposals[at as usize]) {
            if proposal.realm_index as usize == index {
                all += 1;
                own += usize::from(proposal.proposer_root == *root);
            }
        }
        if own >= MAX_OPEN_PROPOSALS {
            found.push(too_many(format!("at most {MAX_OPEN_PROPOSALS} open proposals of one identity in a realm; wait until one has ended")));
        }
        if all >= MAX_OPEN_IN_REALM {
            found.push(too_many(format!(
                "at most {MAX_OPEN_IN_REALM} open proposals in a realm; wait until one has ended"
            )));
        }
    }

    /// At most 20 open proposals of all who have no voice in a realm.
    pub(crate) fn check_unvoiced_proposals(&self, index: usize, found: &mut Vec<Violation>) {
        let open = self.open.iter().map(|&at| &self.proposals[at as usize]);
        let unvoiced = open.filter(|p| p.realm_index as usize == index && !p.has_voice).count();
        if unvoiced >= MAX_OPEN_UNVOICED {
            found.push(too_many(format!("at most {MAX_OPEN_UNVOICED} open proposals of all who have no voice in the realm; earn a voice or wait until one has ended")));
        }
    }

    /// At most 64 realms of one root.
    pub(crate) fn check_creator(&self, root: &IdentityId, found: &mut Vec<Violation>) {
        if self.created_by.get(root).is_some_and(|&created| created >= MAX_REALMS_OF_ROOT) {
            found.push(Violation::new(
                code::REALM_LIMIT.0,
                "realm_created",
                format!("one root identity creates at most {MAX_REALMS_OF_ROOT} realms; use one of them or ask somebody else"),
            ));
        }
    }
}

fn too_many(message: String) -> Violation {
    Violation::new(code::PROPOSAL_LIMIT.0, "proposal", message)
}

const fn is_expression(rule: &Rule) -> bool {
    matches!(rule.parameters, RuleParameters::Expression { .. })
}

/// Ids of a realm that are, or will be, an expression.
fn expressions(realm: &Realm) -> usize {
    let rules = realm.own.iter().chain(&realm.pending).map(|own| &own.rule);
    let ids: BTreeSet<&str> =
        rules.filter(|rule| is_expression(rule)).map(|rule| rule.id.as_str()).collect();
    ids.len()
}
