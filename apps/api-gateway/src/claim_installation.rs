//! Use case: the first operator takes the installation over.

use erynoa_events::{Rule, RuleParameters};
use erynoa_execution::{Budget, Context, Emitted, gas};
use erynoa_kernel::Problem;
use erynoa_local_auth::SignedIn;
use serde_json::json;

use crate::app::{App, Caller, invalid};
use crate::ledger::Founding;
use crate::submit_events::reader;

/// Makes the caller the operator and the founder of the root realm. A copy of a
/// log gets an operator and founds nothing.
///
/// A crash between the steps loses nothing: the link works until there is an
/// operator, and a realm that the same person has founded is taken as it is.
///
/// # Errors
/// `CLAIM_TOKEN_INVALID`, `ALREADY_CLAIMED`, `VALIDATION_ERROR` for the name,
/// `IDENTITY_REQUIRED`.
pub async fn claim_installation(
    app: &App,
    caller: &Caller,
    claim_token: &str,
    realm_name: String,
) -> Result<SignedIn, Problem> {
    let founder = caller.principal.identity()?;
    let founding = Founding { founder, name: realm_name.clone(), rules: founding_rules(app) };
    for founding in check(app, claim_token, founding)? {
        if let Err(problem) = app.ledger.found(founding).await {
            let founded_before = {
                let models = app.ledger.read();
                models.realms.root().is_some_and(|realm| realm.founders.contains(&founder))
            };
            if !founded_before {
                return Err(problem);
            }
        }
    }
    let account = caller.principal.account;
    // Where an identity provider names admins, there may be one already.
    app.accounts.claim_first_operator(&account).await?;
    app.claim.end();
    let target = account.to_string();
    app.audit(caller, "installation.claim", target, json!({ "realm": realm_name })).await?;
    Ok(app.auth.sign_in_again(&caller.principal).await?)
}

/// Lets the claim through, in the context of the caller. It takes the gas of the
/// event that comes of it and no mana: the link pays, which works once.
fn check(app: &App, claim_token: &str, founding: Founding) -> Result<Vec<Founding>, Problem> {
    let reader = {
        let models = app.ledger.read();
        reader(&models, founding.founder, models.root_realm(), app.clock.now_us())
    };
    let limits = Budget { gas: gas::EVENT_MOST, mana: 0, risk_ppm: 0 };
    let outcome = Context::new(reader, limits, Emitted::default()).run(|context| {
        context.spend(gas::validate(0).then(gas::signatures(1)))?;
        app.claim.check(claim_token)?;
        let name = &founding.name;
        if app.ledger.copied_from().is_some() {
            return Ok(());
        }
        if !(1..=128).contains(&name.len()) || name.chars().any(char::is_control) {
            let message = "a realm's name is 1 to 128 bytes without control characters";
            return Err(invalid("realm_name", message.to_owned()));
        }
        context.emit(founding);
        Ok(())
    });
    outcome.result.map(|()| outcome.events)
}

/// The rules that the root realm begins with: who witnesses it, where the
/// configuration names anybody.
fn founding_rules(app: &App) -> Vec<Rule> {
    let log = *app.ledger.read().log.identity();
    let named = app.config.log.founding_witnesses.iter();
    let mut members: Vec<_> =
        named.filter_map(|witness| Some((witness.identity(log)?, witness.weight))).collect();
    members.sort_unstable();
    if members.is_empty() {
        return Vec::new();
    }
    let parameters = RuleParameters::Witnesses(members);
    vec![Rule { id: "witnesses".to_owned(), effective_from_us: 0, parameters }]
}
