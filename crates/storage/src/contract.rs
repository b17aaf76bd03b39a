//! Laws of [`ObjectStore`](crate::ObjectStore), [`Buckets`](crate::Buckets) and
//! [`FileIndex`](crate::FileIndex), to be hung on every adapter with
//! [`object_store_contract!`](crate::object_store_contract),
//! [`buckets_contract!`](crate::buckets_contract),
//! [`presigned_contract!`](crate::presigned_contract) and
//! [`file_index_contract!`](crate::file_index_contract).
//!
//! A factory is an expression, which may await, that gives an empty store and,
//! last, whatever it lives in, which stays alive through the test.

pub mod buckets;
pub mod files;
pub mod files_listed;
pub mod objects;
pub mod presigned;

/// Hangs every law of [`ObjectStore`](crate::ObjectStore) on an adapter, one
/// test per law. The factory gives `(Arc<dyn ObjectStore>, Arc<dyn Buckets>,
/// home)`.
#[macro_export]
macro_rules! object_store_contract {
    ($factory:expr) => {
        $crate::__storage_laws! { contract_of_object_store, objects, $factory,
            what_was_put_is_read_back_whole
            objects_of_every_size_survive
            a_range_is_cut_at_the_end
            a_name_may_have_every_allowed_character
            a_later_object_takes_the_place_of_the_one_before
            a_stream_that_fails_stores_nothing
            more_than_the_most_stores_nothing
            what_is_read_does_not_change_while_it_is_replaced
            what_is_deleted_is_gone_and_deleting_again_is_no_error
            objects_are_listed_in_order_page_by_page
            a_key_may_begin_like_another
            a_copy_stands_by_itself
            a_bucket_that_is_not_there_is_empty_and_takes_nothing
            buckets_do_not_mix
        }
    };
}

/// Hangs every law of [`Buckets`](crate::Buckets) on an adapter, one test per
/// law. The factory is that of [`object_store_contract!`].
#[macro_export]
macro_rules! buckets_contract {
    ($factory:expr) => {
        $crate::__storage_laws! { contract_of_buckets, buckets, $factory,
            a_bucket_is_created_once
            buckets_are_listed_in_order
            only_an_empty_bucket_is_deleted
        }
    };
}

/// Hangs the laws of presigned URLs on an adapter whose URLs somebody serves,
/// one test per law. The factory gives `(Arc<dyn ObjectStore>, Arc<dyn Buckets>,
/// Arc<dyn Browser>, home)`.
#[macro_export]
macro_rules! presigned_contract {
    ($factory:expr) => {
        $crate::__presigned_laws! { $factory,
            a_url_reads_what_was_put
            a_url_reads_ranges
            a_url_writes_what_is_read_back
            a_url_works_for_every_allowed_name
            a_url_says_how_to_treat_the_bytes
            a_url_ends_when_its_time_is_over
            a_url_does_nothing_but_what_it_grants
            a_url_lives_one_second_to_seven_days
        }
    };
}

/// Hangs every law of [`FileIndex`](crate::FileIndex) on an adapter, one test
/// per law. The factory gives `(Arc<dyn FileIndex>, home)`.
#[macro_export]
macro_rules! file_index_contract {
    ($factory:expr) => {
        $crate::__file_index_laws! { $factory, files:
            what_is_reserved_is_found_and_counts_at_once
            an_id_is_taken_once
            an_upload_becomes_a_file_once
            each_attempt_has_a_key_of_its_own
            a_file_changes_by_its_newest_version_only
            a_change_leaves_the_bytes_alone
            a_quota_is_never_exceeded_even_by_two_at_once
            another_holder_has_another_quota
            a_deleted_file_leaves_its_object_to_the_sweep
            an_upload_that_ends_leaves_its_object_to_the_sweep
            of_changes_at_once_to_one_version_exactly_one_succeeds
            links_are_found_counted_and_revoked
            a_file_has_at_most_its_limit_of_links
            usage_is_the_sum_of_what_there_is
            the_largest_holders_come_first
            ; files_listed:
            files_are_listed_in_every_order_page_by_page
            a_list_has_what_is_asked_for_and_nothing_else
            a_list_shows_what_its_reader_may_see
            the_bin_is_listed_by_itself
            folders_are_those_directly_within
            names_of_every_script_survive
            uploads_are_listed_by_owner_and_by_end
            leftovers_are_listed_in_order_page_by_page
        }
    };
}

/// One tokio test per law, in a module by whose name `scripts/contracts.py`
/// knows the port.
#[doc(hidden)]
#[macro_export]
macro_rules! __storage_laws {
    ($port:ident, $module:ident, $factory:expr, $($law:ident)+) => {
        mod $port {
            use super::*;

            $(
                #[tokio::test]
                async fn $law() {
                    // The last is whatever the store lives in.
                    let (objects, buckets, _home) = $factory;
                    $crate::contract::$module::$law(objects, buckets).await;
                }
            )+
        }
    };
}

/// One tokio test per law.
#[doc(hidden)]
#[macro_export]
macro_rules! __presigned_laws {
    ($factory:expr, $($law:ident)+) => {
        mod contract_of_presigned {
            use super::*;

            $(
                #[tokio::test]
                async fn $law() {
                    // The last is whatever the store lives in.
                    let (objects, buckets, browser, _home) = $factory;
                    $crate::contract::presigned::$law(objects, buckets, browser).await;
                }
            )+
        }
    };
}

/// One tokio test per law.
#[doc(hidden)]
#[macro_export]
macro_rules! __file_index_laws {
    ($factory:expr, $($module:ident: $($law:ident)+);+) => {
        mod contract_of_file_index {
            use super::*;

            $($(
                #[tokio::test]
                async fn $law() {
                    // The last is whatever the index lives in.
                    let (index, _home) = $factory;
                    $crate::contract::$module::$law(index).await;
                }
            )+)+
        }
    };
}
