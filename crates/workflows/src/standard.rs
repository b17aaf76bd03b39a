//! The recipes and sources that every installation has.

use erynoa_kernel::IdentityId;

use crate::catalogue::{Argument, Effect, Recipe, Shape, Snapshot, Source};
use crate::limits::TIMEOUT_US;

/// Longest time of a proposal, µs: 30 days hold discussion, vote and the
/// longest timelock of the protocol more than once.
const PROPOSAL_US: u64 = 30 * 86_400_000_000;

struct RecipeRow {
    goal: &'static str,
    arguments: &'static [(&'static str, Shape)],
    distinct: &'static [(&'static str, &'static str)],
    wants: &'static [&'static str],
    timeout_most_us: u64,
}

enum Leaves {
    Nothing,
    UndoneBy(&'static str),
    Final,
    Retried,
}
use Leaves::{Final, Nothing, Retried, UndoneBy};

/// What it provides, what it needs, what is done, what that leaves behind,
/// gas, mana, risk in ppm, whether it verifies.
type SourceRow = (&'static str, &'static [&'static str], &'static str, Leaves, u64, u64, u32, bool);

const RECIPES: &[RecipeRow] = &[
    RecipeRow {
        goal: "transfer",
        arguments: &[
            ("amount", Shape::Amount),
            ("payee", Shape::Identity),
            ("payer", Shape::Identity),
            ("unit", Shape::Text),
        ],
        distinct: &[("payer", "payee")],
        wants: &["receipt-signed"],
        timeout_most_us: TIMEOUT_US,
    },
    RecipeRow {
        goal: "issue-certificate",
        arguments: &[("claim", Shape::Text), ("subject", Shape::Identity)],
        distinct: &[],
        wants: &["certificate-sent"],
        timeout_most_us: TIMEOUT_US,
    },
    RecipeRow {
        goal: "invite-member",
        arguments: &[("address", Shape::Text), ("inviter", Shape::Identity)],
        distinct: &[],
        wants: &["reminder-scheduled"],
        timeout_most_us: TIMEOUT_US,
    },
    RecipeRow {
        goal: "run-proposal",
        arguments: &[("proposal", Shape::Id)],
        distinct: &[],
        wants: &["minutes-published"],
        timeout_most_us: PROPOSAL_US,
    },
    RecipeRow {
        goal: "archive",
        arguments: &[("epoch", Shape::Amount)],
        distinct: &[],
        wants: &["archive-announced"],
        timeout_most_us: TIMEOUT_US,
    },
];

const SOURCES: &[SourceRow] = &[
    // transfer: payment through an escrow between two identities
    ("funds-known", &[], "check-funds", Nothing, 100, 0, 1_000, true),
    (
        "amount-held",
        &["funds-known"],
        "hold-in-escrow",
        UndoneBy("return-from-escrow"),
        1_000,
        20,
        5_000,
        false,
    ),
    ("delivery-confirmed", &["amount-held"], "await-delivery", Nothing, 100, 0, 50_000, false),
    (
        "amount-paid",
        &["amount-held", "delivery-confirmed"],
        "release-from-escrow",
        Final,
        1_000,
        20,
        5_000,
        false,
    ),
    ("receipt-signed", &["amount-paid"], "sign-receipt", Retried, 1_300, 20, 5_000, false),
    // issue-certificate: a credential with its proofs, as a document
    ("evidence-frozen", &[], "freeze-evidence", Nothing, 500, 20, 1_000, false),
    ("proofs-bundled", &["evidence-frozen"], "bundle-proofs", Nothing, 1_500, 20, 1_000, true),
    (
        "certificate-rendered",
        &["proofs-bundled"],
        "render-certificate",
        UndoneBy("delete-rendering"),
        2_000,
        0,
        5_000,
        false,
    ),
    (
        "certificate-stored",
        &["certificate-rendered"],
        "store-certificate",
        UndoneBy("delete-object"),
        1_000,
        510,
        5_000,
        false,
    ),
    (
        "credential-issued",
        &["certificate-stored", "proofs-bundled"],
        "issue-credential",
        Final,
        1_300,
        20,
        1_000,
        false,
    ),
    ("certificate-sent", &["credential-issued"], "send-link", Retried, 100, 0, 20_000, false),
    // invite-member: two vouchers, a place, a letter
    ("vouchers-known", &[], "check-vouchers", Nothing, 150, 20, 10_000, true),
    (
        "place-reserved",
        &["vouchers-known"],
        "reserve-place",
        UndoneBy("free-place"),
        500,
        0,
        1_000,
        false,
    ),
    (
        "invitation-made",
        &["place-reserved"],
        "make-invitation",
        UndoneBy("revoke-invitation"),
        700,
        20,
        1_000,
        false,
    ),
    ("invitation-sent", &["invitation-made"], "send-invitation", Final, 100, 0, 20_000, false),
    (
        "reminder-scheduled",
        &["invitation-sent"],
        "schedule-reminder",
        Retried,
        100,
        0,
        1_000,
        false,
    ),
    // run-proposal: discussion, vote, timelock, execution
    (
        "discussion-held",
        &[],
        "open-discussion",
        UndoneBy("withdraw-proposal"),
        700,
        20,
        10_000,
        false,
    ),
    (
        "vote-held",
        &["discussion-held"],
        "hold-vote",
        UndoneBy("void-vote"),
        2_000,
        20,
        10_000,
        false,
    ),
    ("vote-counted", &["vote-held"], "count-votes", Nothing, 1_000, 20, 1_000, true),
    ("timelock-over", &["vote-counted"], "await-timelock", Nothing, 100, 0, 50_000, false),
    (
        "decision-executed",
        &["timelock-over", "vote-counted"],
        "execute-decision",
        Final,
        2_000,
        20,
        5_000,
        false,
    ),
    (
        "minutes-published",
        &["decision-executed"],
        "publish-minutes",
        Retried,
        700,
        20,
        5_000,
        false,
    ),
    // archive: old epochs leave the disk once a checked copy stands elsewhere
    ("finality-known", &[], "check-finality", Nothing, 100, 0, 1_000, true),
    (
        "epoch-copied",
        &["finality-known"],
        "copy-epoch",
        UndoneBy("delete-copy"),
        5_000,
        0,
        10_000,
        false,
    ),
    ("copy-verified", &["epoch-copied"], "verify-copy", Nothing, 1_500, 0, 1_000, true),
    (
        "epoch-dropped",
        &["copy-verified", "epoch-copied"],
        "drop-epoch",
        Final,
        500,
        0,
        1_000,
        false,
    ),
    ("archive-announced", &["epoch-dropped"], "announce-archive", Retried, 700, 20, 5_000, false),
];

/// The catalogue of a provider who offers all of it, in every realm.
#[must_use]
pub fn standard(provider: IdentityId, trust_ppm: u32) -> Snapshot {
    let owned = |text: &&str| (*text).to_owned();
    let recipes = RECIPES.iter().map(|row| Recipe {
        goal: row.goal.to_owned(),
        arguments: row
            .arguments
            .iter()
            .map(|(name, shape)| Argument { name: (*name).to_owned(), shape: *shape })
            .collect(),
        distinct: row.distinct.iter().map(|(a, b)| (owned(a), owned(b))).collect(),
        wants: row.wants.iter().map(owned).collect(),
        timeout_most_us: row.timeout_most_us,
    });
    let sources =
        SOURCES.iter().map(|(provides, needs, action, leaves, gas, mana, risk_ppm, verifies)| {
            Source {
                name: (*action).to_owned(),
                provider,
                trust_ppm,
                realm: None,
                provides: [owned(provides)].into(),
                needs: needs.iter().map(owned).collect(),
                action: (*action).to_owned(),
                effect: match leaves {
                    Nothing => Effect::None,
                    UndoneBy(action) => Effect::Undone((*action).to_owned()),
                    Final => Effect::Final,
                    Retried => Effect::Retried,
                },
                gas: *gas,
                mana: *mana,
                risk_ppm: *risk_ppm,
                verifies: *verifies,
            }
        });
    Snapshot { recipes: recipes.collect(), sources: sources.collect() }
}
