//! Laws of [`WorkflowEngine`] and [`Outbox`](crate::Outbox). Hang all of them on
//! an adapter with
//! [`workflow_engine_contract!`](crate::workflow_engine_contract) and
//! [`outbox_contract!`](crate::outbox_contract).
//!
//! A factory is an async expression that gives a [`Host`], or an empty outbox, in
//! an `Arc`, and whatever it lives in.

mod effect_log;
mod laws;
mod outbox;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::definition::{Definition, Definitions, Next, Past, Retries};
use crate::engine::{Effects, WorkflowEngine};

pub use effect_log::{EffectLog, Stopping};
pub use laws::*;
pub use outbox::*;

/// An installation that can be closed and opened again.
#[async_trait]
pub trait Host: Send + Sync {
    /// Opens it; runs that there are go on.
    async fn open(
        &self,
        definitions: Definitions,
        effects: Arc<dyn Effects>,
    ) -> Arc<dyn WorkflowEngine>;

    /// Closes it; what is durable stays.
    async fn close(&self);
}

/// A workflow that does what its input says: `{"steps": […]}` with
/// `{"wait_ms": 5}` or `{"act": …, "times": …, "slow_ms": …, "undo": true,
/// "undo_times": …}`. Acts are `do`, `refuse`, `lost` and `panic`; the latter two,
/// and losing the answer of a `do`, happen `times` times. A refused step makes
/// it fail.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    /// Its version, which it also gives at its end.
    pub version: u32,
}

impl Definition for Law {
    fn name(&self) -> &'static str {
        "law"
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn next(&self, input: &Value, past: &[Past]) -> Next {
        if let Some(Past::Refused { reason, .. }) = past.last() {
            return Next::Fail(reason.clone());
        }
        let Some(step) = input["steps"].get(past.len()) else {
            return Next::Done(json!({ "version": self.version }));
        };
        match step["wait_ms"].as_u64() {
            Some(ms) => Next::Wait { step: "pause", for_us: ms * 1_000 },
            None => Next::Do {
                step: "work",
                arguments: step.clone(),
                undo: step["undo"].as_bool().unwrap_or(false),
            },
        }
    }

    fn retries(&self) -> Retries {
        Retries { first_us: 10_000, most_us: 50_000, tries: 4 }
    }
}

/// The law in the versions from 1 to `newest`.
#[must_use]
pub fn definitions(newest: u32) -> Definitions {
    (1..=newest)
        .fold(Definitions::default(), |known, version| known.with(Arc::new(Law { version })))
}

/// Hangs every law of [`WorkflowEngine`] on an adapter, one test per law.
#[macro_export]
macro_rules! workflow_engine_contract {
    ($factory:expr) => {
        $crate::__workflow_laws! { contract_of_workflow_engine, $factory,
            a_run_does_each_step_once_in_order
            the_same_start_gives_the_same_run
            starts_of_one_key_at_once_run_once
            another_start_with_a_taken_key_is_refused_and_changes_nothing
            a_step_that_gets_lost_is_tried_again_and_takes_effect_once
            when_the_tries_end_a_run_is_stuck_until_somebody_retries_it
            a_step_that_panics_is_tried_again
            a_refused_step_undoes_what_was_done_the_last_first
            undoing_that_gets_lost_is_tried_again
            a_timer_waits_its_time
            a_cancelled_run_undoes_what_was_done_and_does_no_more
            a_step_under_way_ends_before_its_run_is_cancelled
            a_stuck_run_can_be_cancelled
            what_has_ended_can_be_neither_cancelled_nor_retried
            runs_are_listed_newest_first_page_by_page
            a_filter_shows_exactly_what_matches
            runs_go_on_beside_each_other
            bad_starts_name_their_field_and_leave_nothing
            a_timer_comes_while_everything_is_closed
            old_runs_end_with_the_version_with_which_they_began
            a_run_whose_version_is_gone_is_stuck_until_it_is_back
        }
    };
}

/// Hangs every law of [`Outbox`](crate::Outbox) on an adapter, one test per law.
#[macro_export]
macro_rules! outbox_contract {
    ($factory:expr) => {
        $crate::__workflow_laws! { contract_of_outbox, $factory,
            starts_wait_in_order_until_they_are_taken
            the_same_post_again_is_one_post
            what_an_absent_engine_cannot_take_waits_on
            a_delivery_that_was_cut_off_starts_nothing_twice
            a_start_that_no_engine_takes_holds_no_other_up
        }
    };
}

/// One tokio test per law, in a module by whose name `scripts/contracts.py`
/// knows the port.
#[doc(hidden)]
#[macro_export]
macro_rules! __workflow_laws {
    ($port:ident, $factory:expr, $($law:ident)+) => {
        mod $port {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $law() {
                    // The second half is whatever the host lives in.
                    let (host, _home) = $factory.await;
                    $crate::contract::$law(host).await;
                }
            )+
        }
    };
}
