//! What an inbox keeps, shows and mails.

use erynoa_kernel::Problem;
use erynoa_notifications::contract::{news, reader};
use erynoa_notifications::limits::{ID_MOST, ITEMS_MOST, LEASE_US, POSTED_MOST};
use erynoa_notifications::{CODES, Inbox, Kind, MailMode, NotificationError, Setting, Settings};
use proptest::prelude::*;

const HOUR_US: u64 = 3_600_000_000;

fn inbox() -> Inbox {
    Inbox::new(reader(1))
}

fn shown(inbox: &Inbox) -> Vec<&str> {
    inbox.shown().map(|item| item.id.as_str()).collect()
}

fn choose(inbox: &mut Inbox, kind: Kind, shown: bool, mail: MailMode) {
    inbox.settings.choose(kind, Setting { shown, mail }).expect("a choice");
}

#[test]
fn items_are_kept_newest_first_up_to_the_limit() {
    let mut inbox = inbox();
    for number in 0..=ITEMS_MOST as u64 {
        assert!(inbox.add(news(1, &format!("e{number}"), Kind::ExportReady, number), HOUR_US));
        let expected = usize::try_from(number + 1).expect("small").min(ITEMS_MOST);
        assert_eq!(inbox.shown().count(), expected);
    }
    assert_eq!(shown(&inbox)[0], format!("e{ITEMS_MOST}"));
    assert_eq!(shown(&inbox)[ITEMS_MOST - 1], "e1", "the oldest has gone");
    // What came earlier takes its place among the others.
    inbox.add(news(1, "late", Kind::ExportReady, 150), HOUR_US);
    let times: Vec<_> = inbox.shown().map(|item| item.at_us).collect();
    assert!(times.is_sorted_by(|one, other| one >= other));
}

#[test]
fn a_flood_washes_away_nothing_that_is_essential_and_unread() {
    let mut inbox = inbox();
    inbox.add(news(1, "recovery", Kind::RecoveryStarted, 0), HOUR_US);
    inbox.add(news(1, "device", Kind::DeviceAdded, 1), HOUR_US);
    for number in 0..3 * ITEMS_MOST as u64 {
        inbox.add(news(1, &format!("e{number}"), Kind::Attestation, 2 + number), HOUR_US);
    }
    let shown = shown(&inbox);
    assert_eq!(shown.len(), ITEMS_MOST);
    assert!(shown.contains(&"recovery") && shown.contains(&"device"), "{shown:?}");
    let first = inbox.claim(9).expect("it is due");
    assert_eq!(first.kind, Kind::RecoveryStarted);
}

#[test]
fn the_same_news_again_are_none_for_as_long_as_ids_are_remembered() {
    let mut inbox = inbox();
    assert!(inbox.add(news(1, "first", Kind::ExportReady, 0), HOUR_US));
    for number in 1..POSTED_MOST as u64 {
        assert!(inbox.add(news(1, &format!("p{number}"), Kind::ExportReady, number), HOUR_US));
    }
    assert!(!inbox.add(news(1, "first", Kind::ExportReady, 9_999), HOUR_US), "long trimmed");
    assert!(inbox.add(news(1, "one-more", Kind::ExportReady, 9_999), HOUR_US));
    assert!(inbox.add(news(1, "first", Kind::ExportReady, 9_999), HOUR_US), "forgotten");
}

#[test]
#[should_panic(expected = "is no id")]
fn an_id_above_the_limit_is_none() {
    let mut inbox = inbox();
    assert!(inbox.add(news(1, &"x".repeat(ID_MOST), Kind::ExportReady, 0), HOUR_US));
    inbox.add(news(1, &"x".repeat(ID_MOST + 1), Kind::ExportReady, 0), HOUR_US);
}

#[test]
fn a_backup_keeps_what_is_shown_and_chosen_and_mails_nothing_again() {
    let mut inbox = inbox();
    choose(&mut inbox, Kind::ProposalOpened, false, MailMode::AtOnce);
    inbox.add(news(1, "seen", Kind::ExportReady, 1), HOUR_US);
    inbox.add(news(1, "mailed", Kind::ProposalOpened, 2), HOUR_US);
    assert!(inbox.due_us().is_some());
    let kept = Inbox::from_bytes(&inbox.without_mail().to_bytes()).expect("it was written");
    assert_eq!((shown(&kept), kept.due_us()), (vec!["seen"], None));
    assert_eq!(kept.settings, inbox.settings);
    assert_eq!(Inbox::from_bytes(b"{"), None);
}

#[test]
fn what_was_read_is_read_and_the_rest_is_counted() {
    let mut inbox = inbox();
    for id in ["a", "b", "c"] {
        inbox.add(news(1, id, Kind::ExportReady, 1), HOUR_US);
    }
    assert_eq!(inbox.unread(), 3);
    let some = ["b".to_owned(), "unknown".to_owned()];
    assert_eq!(inbox.mark_read(Some(&some)), 1);
    assert_eq!(inbox.mark_read(Some(&some)), 0);
    assert_eq!(inbox.unread(), 2);
    assert_eq!(inbox.mark_read(None), 2);
    assert_eq!(inbox.unread(), 0);
}

#[test]
fn essential_kinds_cannot_be_switched_off_and_others_only_in_their_ways() {
    for kind in Kind::ALL {
        for shown in [true, false] {
            for mail in [MailMode::AtOnce, MailMode::Digest, MailMode::Never] {
                let mut settings = Settings::default();
                let chosen = settings.choose(kind, Setting { shown, mail });
                let essential = kind.is_essential();
                match chosen {
                    Ok(()) => {
                        assert!(kind.modes().contains(&mail) && (shown || !essential));
                        assert_eq!(settings.of(kind), Setting { shown, mail });
                    }
                    Err(error) => {
                        let code =
                            if essential { "NOTIFICATION_ESSENTIAL" } else { "NOTIFICATION_MODE" };
                        assert_eq!(error.code(), code, "{kind:?}");
                        assert!(essential || !kind.modes().contains(&mail));
                        assert_eq!(settings, Settings::default(), "nothing has changed");
                    }
                }
            }
        }
        assert_eq!(Kind::from_name(kind.name()), Some(kind));
    }
    assert_eq!(Kind::from_name("Welcome"), None);
}

#[test]
fn every_refusal_has_its_code_kind_and_field() {
    let refusals = [
        NotificationError::Essential(Kind::DeviceAdded),
        NotificationError::Mode(Kind::Attestation),
        NotificationError::Link,
    ];
    let fields = ["settings", "settings", "token"];
    for ((refusal, (code, kind)), field) in refusals.into_iter().zip(CODES).zip(fields) {
        let problem = Problem::from(refusal);
        assert_eq!((problem.code, problem.kind, &*problem.field), (*code, *kind, field));
    }
    let said = Problem::from(NotificationError::Mode(Kind::Attestation)).message.to_string();
    assert_eq!(said, "attestation is mailed digest or never");
}

#[test]
fn what_a_reader_wants_nowhere_is_not_kept_and_what_they_want_mailed_alone_is_not_shown() {
    let mut inbox = inbox();
    choose(&mut inbox, Kind::ProposalOpened, false, MailMode::Never);
    assert!(!inbox.add(news(1, "a", Kind::ProposalOpened, 1), HOUR_US));
    choose(&mut inbox, Kind::ProposalOpened, false, MailMode::AtOnce);
    assert!(inbox.add(news(1, "b", Kind::ProposalOpened, 1), HOUR_US));
    assert!(shown(&inbox).is_empty() && inbox.unread() == 0);
    let letter = inbox.claim(1).expect("it is mailed");
    assert_eq!(letter.items[0].id, "b");
    inbox.mailed(&letter.id);
    let empty = serde_json::to_value(&inbox).expect("JSON");
    assert_eq!(empty["items"], serde_json::json!([]), "nothing is kept once it has left");
    choose(&mut inbox, Kind::ProposalOpened, true, MailMode::Never);
    assert!(inbox.add(news(1, "c", Kind::ProposalOpened, 1), HOUR_US));
    assert!(inbox.due_us().is_none() && shown(&inbox) == ["c"]);
}

#[test]
fn what_is_mailed_in_another_way_is_shown_alone_and_once() {
    let mut inbox = inbox();
    assert!(inbox.show(news(1, "a", Kind::ExportReady, 1)));
    assert!(!inbox.show(news(1, "a", Kind::ExportReady, 2)));
    assert!(inbox.due_us().is_none() && shown(&inbox) == ["a"]);
    choose(&mut inbox, Kind::ExportReady, false, MailMode::AtOnce);
    inbox.show(news(1, "b", Kind::ExportReady, 3));
    assert_eq!(shown(&inbox), ["a"]);
}

#[test]
fn attestations_of_an_hour_are_one_letter_and_at_most_one_in_an_hour() {
    let mut inbox = inbox();
    inbox.add(news(1, "a", Kind::Attestation, 0), HOUR_US);
    inbox.add(news(1, "b", Kind::Attestation, HOUR_US / 2), HOUR_US);
    assert_eq!(inbox.claim(HOUR_US - 1), None);
    inbox.add(news(1, "x", Kind::ExportReady, HOUR_US), HOUR_US);
    let letter = inbox.claim(HOUR_US).expect("due");
    assert_eq!(letter.items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    inbox.mailed(&letter.id);
    inbox.add(news(1, "c", Kind::Attestation, HOUR_US + 1), HOUR_US);
    let export = inbox.claim(HOUR_US + 2).expect("due");
    assert_eq!(export.kind, Kind::ExportReady);
    inbox.mailed(&export.id);
    assert_eq!(inbox.claim(2 * HOUR_US), None, "at most one in an hour");
    let next = inbox.claim(2 * HOUR_US + 1).expect("due");
    assert_eq!(next.items.len(), 1);
    assert_ne!(next.id, letter.id);
}

#[test]
fn a_letter_that_got_lost_comes_again_word_for_word_and_later_news_do_not_join_it() {
    let mut inbox = inbox();
    inbox.add(news(1, "a", Kind::Attestation, 0), HOUR_US);
    let first = inbox.claim(HOUR_US).expect("due");
    inbox.add(news(1, "b", Kind::Attestation, HOUR_US + 1), HOUR_US);
    assert_eq!(inbox.claim(HOUR_US + 1), None, "it is on its way");
    let again = inbox.claim(HOUR_US + LEASE_US).expect("the lease is over");
    assert_eq!(again.id, first.id);
    assert_eq!(again.items.len(), 1);
    inbox.mailed(&again.id);
    assert_eq!(inbox.claim(9 * HOUR_US).expect("due").items[0].id, "b");
}

#[test]
fn who_wants_no_more_mail_gets_none_that_waits_either() {
    let mut inbox = inbox();
    inbox.add(news(1, "a", Kind::Attestation, 0), HOUR_US);
    inbox.add(news(1, "b", Kind::DeviceAdded, 0), HOUR_US);
    choose(&mut inbox, Kind::Attestation, true, MailMode::Never);
    inbox.drop_unwanted();
    let letter = inbox.claim(u64::MAX).expect("the device");
    assert_eq!(letter.kind, Kind::DeviceAdded);
    assert_eq!(shown(&inbox).len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn each_item_that_is_mailed_is_in_exactly_one_letter_that_leaves(
        steps in prop::collection::vec((0_u8..5, 0_usize..8, 0_u64..3), 1..80),
    ) {
        let mut inbox = inbox();
        let (mut now_us, mut added) = (0, Vec::new());
        let mut left: std::collections::BTreeMap<String, Vec<String>> = Default::default();
        let mut deliver = |inbox: &mut Inbox, now_us, crash: bool| {
            let Some(letter) = inbox.claim(now_us) else { return Ok(false) };
            let ids: Vec<_> = letter.items.iter().map(|item| item.id.clone()).collect();
            // The queue knows a letter by its id and takes it once.
            let known = left.entry(letter.id.clone()).or_insert_with(|| ids.clone());
            prop_assert_eq!(&*known, &ids, "a letter never changes");
            if !crash {
                inbox.mailed(&letter.id);
            }
            Ok(true)
        };
        for (number, (step, kind, wait)) in steps.into_iter().enumerate() {
            now_us += wait * HOUR_US / 2;
            if step < 3 {
                let id = format!("i{number}");
                if inbox.add(news(1, &id, Kind::ALL[kind], now_us), HOUR_US) {
                    added.push(id);
                }
            } else {
                deliver(&mut inbox, now_us, step == 4)?;
            }
        }
        now_us += HOUR_US + LEASE_US;
        while deliver(&mut inbox, now_us, false)? {}
        prop_assert_eq!(inbox.due_us(), None);
        let mut mailed: Vec<_> = left.into_values().flatten().collect();
        mailed.sort();
        added.sort();
        prop_assert_eq!(mailed, added);
    }

    #[test]
    fn an_inbox_reads_back_from_its_record(ids in prop::collection::btree_set("[a-z]{1,9}", 0..9)) {
        let mut inbox = inbox();
        for (number, id) in ids.iter().enumerate() {
            inbox.add(news(1, id, Kind::ALL[number % Kind::ALL.len()], number as u64), 5);
        }
        inbox.claim(3);
        choose(&mut inbox, Kind::Attestation, false, MailMode::Never);
        let record = serde_json::to_string(&inbox).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<Inbox>(&record).expect("JSON"), inbox);
    }
}
