//! What the log says, told to those whom it concerns, once.

use std::sync::Arc;
use std::time::Duration;

use erynoa_access::{AccountKey, AccountStatus};
use erynoa_events::{
    Body, Event, KeyDirectory as _, Polarity, ProposalOutcome, VerifiedEvent, from_own_log,
};
use erynoa_kernel::{EventId, IdentityId, Problem, RealmId};
use erynoa_notifications::limits::READERS_MOST;
use erynoa_notifications::{Cursor, Kind, News, feed};

use super::{reader_of, words};
use crate::app::App;

/// Positions that are taken in at once.
const STEP: u64 = 256;
/// How often the log is looked at that nobody has told of.
const LOOK: Duration = Duration::from_secs(10);
/// Pause after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// Something to tell, before it is known who has an account.
struct Told {
    to: Vec<IdentityId>,
    kind: Kind,
    words: Vec<(&'static str, String)>,
    link: String,
}

pub(crate) async fn follow_for_ever(app: Arc<App>) {
    let mut sizes = app.ledger.sizes();
    loop {
        sizes.borrow_and_update();
        match step(&app).await {
            Ok(true) => {}
            Ok(false) => {
                // Grown or not: another gateway may have died with the next one.
                let _ = tokio::time::timeout(LOOK, sizes.changed()).await;
            }
            Err(problem) => {
                let cause = problem.internal.as_ref();
                tracing::warn!(%problem, ?cause, "notifications wait for their store");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Takes in what comes next in the log; `false` when there is nothing.
async fn step(app: &App) -> Result<bool, Problem> {
    app.ledger.readable().await?;
    let store = &*app.notices.store;
    let from = store.cursor().await?;
    let size = app.ledger.read().log.size();
    let digest_us = app.config.mail.digest_us();
    let Some(next) = from else {
        // Whoever was here before there were notifications knows it all.
        feed(store, Cursor { from, to: size }, &[], digest_us).await?;
        return Ok(true);
    };
    if next >= size {
        return Ok(false);
    }
    let positions: Vec<u64> = (next..size.min(next + STEP)).collect();
    let mut news = Vec::new();
    let mut to = next;
    for entry in app.ledger.entries(&positions).await? {
        if news.len() >= READERS_MOST {
            break;
        }
        let event = from_own_log(entry).map_err(Problem::internal)?;
        if let Some(told) = told(app, &event) {
            address(app, told, &event, to, &mut news).await?;
        }
        to += 1;
    }
    if feed(store, Cursor { from, to }, &news, digest_us).await? && !news.is_empty() {
        app.notices.has_changed();
    }
    Ok(true)
}

/// Finds the accounts.
async fn address(
    app: &App,
    told: Told,
    event: &VerifiedEvent,
    position: u64,
    news: &mut Vec<News>,
) -> Result<(), Problem> {
    let at_us = event.event().coordinate.wall_us.min(app.clock.now_us());
    for identity in told.to.into_iter().take(READERS_MOST) {
        let account = app.accounts.find(&AccountKey::Identity(identity)).await?;
        let Some(account) = account.filter(|account| account.status == AccountStatus::Active)
        else {
            continue;
        };
        news.push(News {
            reader: reader_of(&account.id),
            id: format!("e{position}"),
            kind: told.kind,
            at_us,
            words: words(told.words.clone()),
            link: told.link.clone(),
        });
    }
    Ok(())
}

/// What an event says to whom.
fn told(app: &App, event: &VerifiedEvent) -> Option<Told> {
    let (id, said) = (event.id(), event.event());
    match &said.body {
        Body::Attestation(attestation) => {
            let models = app.ledger.read();
            // Whoever answers for an agent hears of it.
            let root = models.directory.root_of(&attestation.subject);
            let polarity = match attestation.polarity {
                Polarity::Positive => "positive",
                Polarity::Negative => "negative",
            };
            let realm = models.realms.find(&said.realm);
            let words = vec![
                ("author", models.directory.name_of(&said.author).to_owned()),
                ("dimension", attestation.dimension.name().to_owned()),
                ("polarity", polarity.to_owned()),
                ("realm", realm.map(|realm| realm.name.clone()).unwrap_or_default()),
            ];
            let to = if root == said.author { Vec::new() } else { vec![root] };
            Some(Told { to, kind: Kind::Attestation, words, link: format!("/events/{id}") })
        }
        Body::KeyAdded(added) => Some(Told {
            to: vec![said.author],
            kind: Kind::DeviceAdded,
            words: vec![("device", added.label.clone())],
            link: "/devices".to_owned(),
        }),
        Body::IdentityRecovered(_) => {
            let models = app.ledger.read();
            let delay_s = models.directory.find(&said.author)?.recovery_delay_s;
            let ends_at_us = said.coordinate.wall_us.saturating_add(u64::from(delay_s) * 1_000_000);
            Some(Told {
                to: vec![said.author],
                kind: Kind::RecoveryStarted,
                words: vec![("ends_at_us", ends_at_us.to_string())],
                link: "/devices".to_owned(),
            })
        }
        Body::Proposal(proposal) => {
            let words = vec![("title", proposal.title.clone())];
            Some(of_proposal(app, said, id, Kind::ProposalOpened, words))
        }
        Body::ProposalClosed(closed) => {
            let outcome = match closed.outcome {
                ProposalOutcome::Executed => "executed",
                ProposalOutcome::Defeated => "defeated",
                ProposalOutcome::Vetoed => "vetoed",
            };
            let title = title_of(app, &closed.proposal);
            let words = vec![("title", title), ("outcome", outcome.to_owned())];
            Some(of_proposal(app, said, closed.proposal, Kind::ProposalClosed, words))
        }
        _ => None,
    }
}

fn title_of(app: &App, proposal: &EventId) -> String {
    let models = app.ledger.read();
    models.realms.proposal(proposal).map(|found| found.said.title.clone()).unwrap_or_default()
}

/// To all members but the author.
fn of_proposal(
    app: &App,
    said: &Event,
    proposal: EventId,
    kind: Kind,
    mut words: Vec<(&'static str, String)>,
) -> Told {
    let models = app.ledger.read();
    let realm: &RealmId = &said.realm;
    let link = format!("/realms/{realm}/proposals/{proposal}");
    let Some(found) = models.realms.find(realm) else {
        return Told { to: Vec::new(), kind, words, link };
    };
    words.push(("realm", found.name.clone()));
    let members = found.members.iter().map(|member| member.identity);
    let to = members.filter(|one| found.members.is_active(one) && *one != said.author).collect();
    Told { to, kind, words, link }
}
