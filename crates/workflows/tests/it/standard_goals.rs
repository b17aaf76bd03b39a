//! What every installation can do.

use std::collections::BTreeMap;

use erynoa_execution::Budget;
use erynoa_workflows::{ComposeError, Effect, Intent, Plan, compose, standard};

use crate::catalogues::{intent, person, realm};

/// What an ordinary intent allows.
const USUAL: Budget = Budget { gas: 10_000, mana: 1_000, risk_ppm: 150_000 };

fn arguments(goal: &str) -> BTreeMap<String, String> {
    let (ada, ben) = (person(1).to_string(), person(2).to_string());
    let proposal = realm(7).to_string();
    let pairs: Vec<(&str, &str)> = match goal {
        "transfer" => vec![("amount", "12"), ("payee", &ben), ("payer", &ada), ("unit", "hours")],
        "issue-certificate" => vec![("claim", "can weld"), ("subject", &ben)],
        "invite-member" => vec![("address", "zoe@example.org"), ("inviter", &ada)],
        "run-proposal" => vec![("proposal", &proposal)],
        _ => vec![("epoch", "3")],
    };
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn plan(goal: &str) -> Plan {
    let intent = Intent { arguments: arguments(goal), budget: USUAL, ..intent(goal) };
    compose(&intent, &standard(person(9), 900_000)).expect("a plan")
}

fn actions(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.action.as_str()).collect()
}

#[test]
fn a_transfer_holds_the_amount_pays_after_delivery_and_gives_it_back_otherwise() {
    let plan = plan("transfer");
    assert_eq!(
        actions(&plan),
        ["check-funds", "hold-in-escrow", "await-delivery", "release-from-escrow", "sign-receipt"]
    );
    assert_eq!(plan.pivot, Some(3));
    assert_eq!(plan.steps[1].effect, Effect::Undone("return-from-escrow".into()));
}

#[test]
fn a_certificate_can_be_taken_back_until_the_credential_is_issued() {
    let plan = plan("issue-certificate");
    assert_eq!(
        actions(&plan),
        [
            "freeze-evidence",
            "bundle-proofs",
            "render-certificate",
            "store-certificate",
            "issue-credential",
            "send-link",
        ]
    );
    assert_eq!(plan.pivot, Some(4));
}

#[test]
fn an_invitation_can_be_taken_back_until_it_is_sent() {
    let plan = plan("invite-member");
    assert_eq!(
        actions(&plan),
        [
            "check-vouchers",
            "reserve-place",
            "make-invitation",
            "send-invitation",
            "schedule-reminder",
        ]
    );
    assert_eq!(plan.pivot, Some(3));
}

#[test]
fn a_proposal_has_thirty_days_and_can_be_withdrawn_until_it_is_executed() {
    let plan = plan("run-proposal");
    assert_eq!(
        actions(&plan),
        [
            "open-discussion",
            "hold-vote",
            "count-votes",
            "await-timelock",
            "execute-decision",
            "publish-minutes",
        ]
    );
    assert_eq!(plan.pivot, Some(4));
    assert_eq!(plan.timeout_us, 30 * 86_400_000_000);
}

#[test]
fn an_epoch_leaves_the_disk_only_after_its_copy_was_verified() {
    let plan = plan("archive");
    assert_eq!(
        actions(&plan),
        ["check-finality", "copy-epoch", "verify-copy", "drop-epoch", "announce-archive"]
    );
    assert_eq!(plan.pivot, Some(3));
}

#[test]
fn nobody_pays_themselves() {
    let mut arguments = arguments("transfer");
    arguments.insert("payee".into(), arguments["payer"].clone());
    let error = compose(&Intent { arguments, ..intent("transfer") }, &standard(person(9), 0));
    let Err(ComposeError::Intent(flaws)) = error else { panic!("{error:?}") };
    assert_eq!(flaws.len(), 1);
    assert_eq!(flaws[0].field, "arguments.payee");
}

#[test]
fn every_source_of_the_catalogue_is_of_use_to_a_goal() {
    let catalogue = standard(person(9), 900_000);
    let mut unused: Vec<&str> = catalogue.sources.iter().map(|s| s.name.as_str()).collect();
    for recipe in &catalogue.recipes {
        let plan = plan(&recipe.goal);
        unused.retain(|name| plan.steps.iter().all(|step| step.source != *name));
    }
    assert!(unused.is_empty(), "{unused:?}");
    assert_eq!(catalogue.recipes.len(), 5);
}
