//! Laws of [`Network`](crate::Network) and [`WitnessBook`](crate::WitnessBook).
//! Hang all of them on an adapter with
//! [`network_contract!`](crate::network_contract) and
//! [`witness_book_contract!`](crate::witness_book_contract).
//!
//! A factory of the first is an expression that gives a pair: three [`Party`]s
//! on one network, connected with nobody, and whatever they live in. A factory
//! of the second gives a function that opens the same, at first empty, book
//! again and again, and whatever it lives in. Both stay alive through the test.

mod book;
mod connections;
mod gossip;
mod party;
mod requests;

pub use book::*;
pub use connections::*;
pub use gossip::*;
pub use party::Party;
pub use requests::*;

/// One tokio test per law of [`Network`](crate::Network); see
/// [`contract`](crate::contract).
#[macro_export]
macro_rules! network_contract {
    ($factory:expr) => {
        $crate::__sync_laws! { contract_of_network, $factory,
            a_name_is_parsed_back_and_nonsense_is_nobody
            an_address_that_names_nobody_is_refused
            both_sides_are_told_once_of_a_connection
            a_blocked_node_has_no_connection_and_gets_none
            a_kept_address_is_dialled_again_after_the_connection_is_lost
            bytes_are_counted
            a_message_reaches_all_who_follow_its_topic_and_nobody_else
            who_no_longer_follows_hears_nothing
            what_is_said_twice_is_heard_once
            a_message_is_handed_on_when_it_is_accepted_and_not_when_it_is_rejected
            a_message_of_the_greatest_size_passes_and_a_larger_one_is_refused
            a_flood_of_gossip_is_dropped_and_requests_are_served
            a_request_gets_its_own_answer
            who_was_dialled_may_ask
            questions_and_answers_of_the_greatest_size_pass_and_larger_ones_do_not
            nobody_answers_for_a_node_that_is_not_there
            a_request_that_is_never_answered_times_out
            a_ticket_whose_asker_has_gone_is_forgotten
            only_so_many_requests_to_a_node_are_under_way
        }
    };
}

/// One tokio test per law of [`WitnessBook`](crate::WitnessBook); see
/// [`contract`](crate::contract).
#[macro_export]
macro_rules! witness_book_contract {
    ($factory:expr) => {
        $crate::__sync_laws! { contract_of_witness_book, $factory,
            an_empty_book_promises_nothing
            a_promise_follows_the_one_before_and_no_other
            logs_do_not_share_promises
            of_promises_at_once_exactly_one_is_made
            the_newest_note_of_a_witness_replaces_the_one_before
            a_ban_is_set_replaced_and_ended
            a_book_is_the_same_when_it_is_opened_again
        }
    };
}

/// One tokio test per law, in a module by whose name `scripts/contracts.py`
/// knows the port.
#[doc(hidden)]
#[macro_export]
macro_rules! __sync_laws {
    ($module:ident, $factory:expr, $($law:ident)+) => {
        mod $module {
            use super::*;

            $(
                #[tokio::test]
                async fn $law() {
                    // The second half is whatever the first one lives in.
                    let (given, _home) = $factory;
                    $crate::contract::$law(given).await;
                }
            )+
        }
    };
}
