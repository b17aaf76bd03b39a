//! `realm check|endorse|join|leave`.

use erynoa_events::{
    Body, Endorsement, RealmJoined, RealmLeft, endorsement_message, verify_signature,
};
use erynoa_proto::api::v1::CheckCrossingRequest;
use serde_json::json;

use crate::commands::{Context, check_identity, realm_named};
use crate::error::CliError;
use crate::output::ratio;
use crate::speaker::{Speaker, identity};
use crate::{code, violation};

/// What is missing to join.
pub(crate) async fn check(
    context: &Context,
    which: &str,
    subject: Option<String>,
    from: Option<String>,
    endorsers: Vec<String>,
) -> Result<(), CliError> {
    for endorser in &endorsers {
        check_identity(endorser)?;
    }
    let subject = context.subject(subject)?;
    let client = context.connect().await?;
    let from = match from {
        Some(from) => realm_named(&client, &from).await?.to_string(),
        None => String::new(),
    };
    let to = realm_named(&client, which).await?.to_string();
    let request = CheckCrossingRequest { subject, from, to, endorsers };
    let answer = client.realms().check_crossing(request).await.map_err(client.failed())?;
    let answer = answer.into_inner();
    let document = json!({
        "allowed": answer.allowed,
        "violations": violation::documents(&answer.violations),
        "crossed_ppm": answer.crossed_ppm,
        "crossed_norm_ppm": answer.crossed_norm_ppm,
        "gamma_ppm": answer.gamma_ppm,
        "valid_until_us": answer.valid_until_us,
    });
    let crossed: Vec<_> = answer.crossed_ppm.iter().map(|&value| ratio(value)).collect();
    let seen = format!(
        "trust as seen from there (R I C P V Ω): {}; norm {}, γ {}",
        crossed.join(" "),
        ratio(answer.crossed_norm_ppm),
        ratio(answer.gamma_ppm),
    );
    if answer.allowed {
        context.output.result(&document, &format!("nothing is missing\n{seen}"));
        return Ok(());
    }
    context.output.result(&document, &seen);
    Err(CliError::not_allowed(&answer.violations))
}

/// Prints an endorsement of somebody. Nothing is sent.
pub(crate) async fn endorse(context: &Context, which: &str, person: &str) -> Result<(), CliError> {
    let joiner = identity(person)?;
    let file = context.key()?;
    let realm = match which.parse() {
        Ok(realm) => realm,
        Err(_) => realm_named(&context.connect().await?, which).await?,
    };
    let code = code::print_endorsement(&Endorsement {
        identity: file.did.identity,
        public_key: file.key.public_key(),
        signature: file.key.sign(&endorsement_message(&realm, &joiner)),
    });
    let document = json!({
        "endorsement": code,
        "realm": realm.to_string(),
        "person": joiner.to_string(),
        "member": file.did.to_string(),
    });
    context.output.result(&document, &code);
    Ok(())
}

pub(crate) async fn join(
    context: &Context,
    which: &str,
    from: Option<String>,
    codes: &[String],
) -> Result<(), CliError> {
    let speaker = Speaker::open(context).await?;
    let realm = realm_named(&speaker.client, which).await?;
    let from = match from {
        Some(from) => Some(realm_named(&speaker.client, &from).await?),
        None => None,
    };
    let message = endorsement_message(&realm, &speaker.identity());
    let mut endorsements = codes
        .iter()
        .map(|text| {
            code::parse_endorsement(text)
                .filter(|said| verify_signature(&said.public_key, &message, &said.signature))
                .ok_or_else(|| {
                    CliError::Usage(
                        "--endorsement: not what `erynoa realm endorse` prints for this realm \
                         and you"
                            .to_owned(),
                    )
                })
        })
        .collect::<Result<Vec<_>, _>>()?;
    endorsements.sort_unstable_by_key(|said| said.identity);
    endorsements.dedup_by_key(|said| said.identity);
    speaker.say_and_print(realm, Body::RealmJoined(RealmJoined { from, endorsements })).await
}

pub(crate) async fn leave(context: &Context, which: &str, reason: String) -> Result<(), CliError> {
    let speaker = Speaker::open(context).await?;
    let realm = realm_named(&speaker.client, which).await?;
    speaker.say_and_print(realm, Body::RealmLeft(RealmLeft { reason })).await
}
