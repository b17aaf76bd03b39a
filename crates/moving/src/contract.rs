//! Laws of [`Records`](crate::Records), to be hung on every adapter with
//! [`records_contract!`](crate::records_contract), and on those that share a
//! store with the ports of access and storage also with
//! [`kept_contract!`](crate::kept_contract). And an installation to move.
//!
//! A factory is an expression, which may await, that gives an empty store and,
//! last, whatever it lives in, which stays alive through the test.

mod kept;
mod laws;
mod sample;

pub use kept::*;
pub use laws::*;
pub use sample::*;

/// Hangs every law of [`Records`](crate::Records) on an adapter, one test per
/// law. The factory gives `(Arc<dyn Records>, home)`.
#[macro_export]
macro_rules! records_contract {
    ($factory:expr) => {
        $crate::__records_laws! { contract_of_records, $factory,
            records_of_every_kind_are_read_back_as_they_were
            records_are_read_in_the_order_of_keys_page_by_page
            what_was_removed_is_gone_and_what_only_it_had_is_free
            an_audit_entry_is_neither_replaced_nor_removed
        }
    };
}

/// Hangs the laws of records and ports of one store on an adapter, one test per
/// law. The factory gives `(Kept, home)`.
#[macro_export]
macro_rules! kept_contract {
    ($factory:expr) => {
        $crate::__records_laws! { contract_of_kept, $factory,
            what_is_removed_and_inserted_again_is_for_the_ports_as_before
            an_audit_log_goes_on_behind_what_was_inserted
        }
    };
}

/// One tokio test per law, in a module by whose name `scripts/contracts.py`
/// knows the port.
#[doc(hidden)]
#[macro_export]
macro_rules! __records_laws {
    ($port:ident, $factory:expr, $($law:ident)+) => {
        mod $port {
            use super::*;

            $(
                #[tokio::test]
                async fn $law() {
                    // The second half is whatever the store lives in.
                    let (store, _home) = $factory;
                    $crate::contract::$law(store).await;
                }
            )+
        }
    };
}
