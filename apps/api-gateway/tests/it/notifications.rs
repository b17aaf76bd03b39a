//! What people are told, in the app and by mail, on a real mail server.

use std::time::Duration;

use erynoa_api_gateway::config::{Config, MailBackend, SecretText};
use erynoa_events::{Body, KeyAdded, KeyPurpose, SigningKey, key_added_message};
use erynoa_kernel::RealmId;
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::mail_service_client::MailServiceClient;
use erynoa_proto::api::v1::notification_service_client::NotificationServiceClient;
use serde_json::Value;
use tonic::transport::Channel;

use crate::seat::{Person, Seat, code_of, config, operator, with};
use crate::services::smtp;

fn notifications(seat: &Seat) -> NotificationServiceClient<Channel> {
    NotificationServiceClient::new(seat.channel.clone())
}

fn mail(seat: &Seat) -> MailServiceClient<Channel> {
    MailServiceClient::new(seat.channel.clone())
}

/// A server that mails at once, digests after a second.
fn mailing(data_dir: &std::path::Path) -> Config {
    let mut config = config(data_dir);
    config.mail.backend = MailBackend::Smtp;
    config.mail.url = SecretText::new(smtp().url);
    config.mail.from = "Erynoa Größe <hello@erynoa.example>".to_owned();
    config.mail.digest_s = 1;
    config
}

async fn page(
    seat: &Seat,
    token: &str,
    request: api::ListNotificationsRequest,
) -> api::ListNotificationsResponse {
    notifications(seat).list_notifications(with(token, request)).await.unwrap().into_inner()
}

async fn list(seat: &Seat, token: &str) -> Vec<api::Notification> {
    page(seat, token, api::ListNotificationsRequest { page_size: 100, ..Default::default() })
        .await
        .notifications
}

/// What somebody was told, once it is this much.
pub(crate) async fn told(seat: &Seat, token: &str, count: usize) -> Vec<api::Notification> {
    for _ in 0..200 {
        let found = list(seat, token).await;
        if found.len() >= count {
            assert_eq!(found.len(), count, "{found:#?}");
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:#?} is less than {count}", list(seat, token).await);
}

/// What the mail server has got for an address, once it is this much.
async fn mailed(email: &str, count: usize) -> Vec<Value> {
    let mut found = Vec::new();
    for _ in 0..200 {
        let url = format!("{}/messages?to={email}", smtp().api);
        found = reqwest::get(url).await.unwrap().json().await.unwrap();
        if found.len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(found.len(), count, "{found:#?}");
    found
}

fn header(mail: &Value, name: &str) -> String {
    let line = mail["headers"][name].as_str().unwrap_or_else(|| panic!("{name}: {mail:#}"));
    let (_, value) = line.split_once(':').unwrap();
    value.split_whitespace().collect::<Vec<_>>().concat()
}

async fn set_email(seat: &Seat, token: &str, email: &str, language: &str) {
    let user = seat.user(token).await;
    let request = api::UpdateUserRequest {
        id: user.id,
        version: user.version,
        email: Some(email.to_owned()),
        language: Some(language.to_owned()),
        ..Default::default()
    };
    seat.users().update_user(with(token, request)).await.unwrap();
}

/// An address that no other run of a test writes to.
fn address(name: &str) -> String {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_micros();
    format!("{name}-{now}@erynoa.example")
}

async fn attest(seat: &Seat, by: &mut Person, realm: RealmId, about: &Person) -> u64 {
    seat.submit(&by.attests(realm, about.id)).await.unwrap().sequence
}

#[tokio::test]
async fn an_attestation_is_told_once_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut olga = Person::new(1);
    let (_, realm) = operator(&seat, &mut olga).await;
    let (mia, token) = seat.newcomer(3, "Mia").await;
    attest(&seat, &mut olga, realm, &mia).await;
    let first = told(&seat, &token, 1).await.remove(0);
    assert_eq!(first.kind(), api::NotificationKind::Attestation);
    let words = |name: &str| first.words.get(name).map(String::as_str);
    assert_eq!(words("author"), Some("Olga Operator"));
    assert_eq!(words("dimension"), Some("reliability"));
    assert_eq!(words("polarity"), Some("positive"));
    assert_eq!(words("realm"), Some("Test"));
    assert!(first.link.starts_with("/events/") && !first.read);
    seat.leave().await;

    let seat = Seat::take(config(folder.path())).await;
    let token = mia.signs_in(&seat).await.unwrap().access_token;
    attest(&seat, &mut olga, realm, &mia).await;
    let both = told(&seat, &token, 2).await;
    assert_eq!(both[1], first);
    assert_ne!(both[0].id, first.id);
    seat.leave().await;
}

#[tokio::test]
async fn a_new_device_is_told_to_its_owner_and_to_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (mut mia, token) = seat.newcomer(3, "Mia").await;
    let (_, other) = seat.newcomer(4, "Ole").await;
    let key = SigningKey::from_seed([77; 32]);
    let added = Body::KeyAdded(KeyAdded {
        public_key: key.public_key(),
        purposes: vec![KeyPurpose::SignIn],
        label: "Mias Telefon 🎉".to_owned(),
        countersignature: key.sign(&key_added_message(&mia.id, &key.public_key())),
    });
    seat.submit(&mia.says(RealmId::NULL, added)).await.unwrap();
    let told = told(&seat, &token, 1).await;
    assert_eq!(told[0].kind(), api::NotificationKind::DeviceAdded);
    assert_eq!(told[0].words["device"], "Mias Telefon 🎉");
    assert!(list(&seat, &other).await.is_empty());
    seat.leave().await;
}

#[tokio::test]
async fn what_was_read_stays_read_and_the_bell_hears_of_every_change() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut olga = Person::new(1);
    let (_, realm) = operator(&seat, &mut olga).await;
    let (mia, token) = seat.newcomer(3, "Mia").await;
    let watch = with(&token, api::WatchNotificationsRequest {});
    let mut bell = notifications(&seat).watch_notifications(watch).await.unwrap().into_inner();
    assert_eq!(bell.message().await.unwrap().unwrap().unread, 0);
    for expected in 1..=5 {
        attest(&seat, &mut olga, realm, &mia).await;
        assert_eq!(bell.message().await.unwrap().unwrap().unread, expected);
    }
    let all = told(&seat, &token, 5).await;
    let mut paged = Vec::new();
    let mut page_token = String::new();
    loop {
        let request =
            api::ListNotificationsRequest { page_size: 2, page_token, ..Default::default() };
        let answer = page(&seat, &token, request).await;
        assert!(answer.notifications.len() <= 2 && answer.unread == 5);
        paged.extend(answer.notifications);
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, all);

    let mark = async |ids: Vec<String>, all| {
        let request = api::MarkNotificationsReadRequest { ids, all };
        notifications(&seat).mark_notifications_read(with(&token, request)).await
    };
    let marked = mark(vec![all[1].id.clone(), "unknown".into()], false).await.unwrap();
    let marked = marked.into_inner();
    assert_eq!((marked.marked, marked.unread), (1, 4));
    assert_eq!(bell.message().await.unwrap().unwrap().unread, 4);
    let request = api::ListNotificationsRequest { unread_only: true, ..Default::default() };
    let unread = page(&seat, &token, request).await.notifications;
    assert!(unread.len() == 4 && !unread.contains(&all[1]));
    for (ids, all) in [(vec![], false), (vec!["x".to_owned()], true)] {
        assert_eq!(code_of(&mark(ids, all).await.unwrap_err()), "VALIDATION_ERROR");
    }
    let ids = |count: usize| vec!["x".to_owned(); count];
    assert_eq!(mark(ids(200), false).await.unwrap().into_inner().marked, 0);
    assert_eq!(code_of(&mark(ids(201), false).await.unwrap_err()), "VALIDATION_ERROR");
    assert_eq!(mark(Vec::new(), true).await.unwrap().into_inner().unread, 0);
    let count = with(&token, api::CountUnreadNotificationsRequest {});
    let count = notifications(&seat).count_unread_notifications(count).await.unwrap();
    assert_eq!(count.into_inner().unread, 0);

    assert_eq!(bell.message().await.unwrap().unwrap().unread, 0);
    seat.sessions().sign_out(with(&token, api::SignOutRequest {})).await.unwrap();
    attest(&seat, &mut olga, realm, &mia).await;
    assert_eq!(code_of(&bell.message().await.unwrap_err()), "UNAUTHORIZED", "the session is over");
    seat.leave().await;
}

async fn settings(seat: &Seat, token: &str) -> api::GetNotificationSettingsResponse {
    let request = with(token, api::GetNotificationSettingsRequest {});
    notifications(seat).get_notification_settings(request).await.unwrap().into_inner()
}

fn setting(
    kind: api::NotificationKind,
    shown: bool,
    mail: api::NotificationMail,
) -> api::NotificationSetting {
    api::NotificationSetting { kind: kind.into(), shown, mail: mail.into(), ..Default::default() }
}

#[tokio::test]
async fn settings_say_their_choices_and_refuse_what_cannot_be() {
    use api::NotificationKind::{Attestation, DeviceAdded, ProposalOpened};
    use api::NotificationMail::{AtOnce, Digest, Never};
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (_, token) = seat.newcomer(3, "Mia").await;
    let before = settings(&seat, &token).await;
    assert_eq!(before.settings.len(), 8);
    assert!(before.settings.iter().all(|setting| setting.shown));
    let change = async |settings: Vec<api::NotificationSetting>| {
        let request = api::UpdateNotificationSettingsRequest { settings };
        notifications(&seat).update_notification_settings(with(&token, request)).await
    };
    for (wrong, code) in [
        (vec![setting(DeviceAdded, true, Never)], "NOTIFICATION_ESSENTIAL"),
        (vec![setting(DeviceAdded, false, AtOnce)], "NOTIFICATION_ESSENTIAL"),
        (vec![setting(Attestation, true, AtOnce)], "NOTIFICATION_MODE"),
        (vec![setting(ProposalOpened, true, Digest)], "NOTIFICATION_MODE"),
        (vec![api::NotificationSetting::default()], "VALIDATION_ERROR"),
        (vec![setting(Attestation, true, Never); 2], "VALIDATION_ERROR"),
        // The first is good, and must not be kept.
        (
            vec![setting(Attestation, false, Never), setting(DeviceAdded, true, Never)],
            "NOTIFICATION_ESSENTIAL",
        ),
    ] {
        assert_eq!(code_of(&change(wrong).await.unwrap_err()), code);
    }
    assert_eq!(settings(&seat, &token).await, before);
    let chosen = change(vec![setting(Attestation, false, Never)]).await.unwrap().into_inner();
    assert_eq!(settings(&seat, &token).await.settings, chosen.settings);
    let attestation =
        chosen.settings.iter().find(|setting| setting.kind() == Attestation).unwrap().clone();
    assert!(!attestation.shown && attestation.mail() == Never);
    seat.leave().await;
}

#[tokio::test]
async fn attestations_arrive_as_one_digest_in_the_readers_language() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(mailing(folder.path())).await;
    let mut olga = Person::new(1);
    let (_, realm) = operator(&seat, &mut olga).await;
    let mut uwe = Person::new(2);
    seat.submit(&uwe.is_born("Üwe <b>Öz</b> 🎉")).await.unwrap();
    let (mia, token) = seat.newcomer(3, "Mia").await;
    let email = address("digest");
    set_email(&seat, &token, &email, "de").await;
    assert_eq!(mailed(&email, 1).await[0]["subject"], "Willkommen bei Erynoa, Mia");
    // Once: the welcome is no mail of every sign-in.
    set_email(&seat, &token, &email, "de").await;
    attest(&seat, &mut uwe, realm, &mia).await;
    attest(&seat, &mut olga, realm, &mia).await;
    let mail = mailed(&email, 2).await.remove(1);
    assert_eq!(mail["subject"], "2 neue Atteste über dich");
    let (text, html) = (mail["text"].as_str().unwrap(), mail["html"].as_str().unwrap());
    for part in [text, html] {
        assert!(part.contains("Olga Operator spricht in Test für deine Verlässlichkeit"), "{part}");
    }
    assert!(text.contains("Üwe <b>Öz</b> 🎉 spricht in Test"));
    assert!(html.contains("Üwe &#60;b&#62;Öz&#60;/b&#62; 🎉 spricht in Test"));
    assert!(html.starts_with("<!doctype html>\n<html lang=\"de\">"));
    assert_eq!(mail["decoded"]["from"], "Erynoa Größe <hello@erynoa.example>");
    assert_eq!(header(&mail, "content-language"), "de");
    assert_eq!(header(&mail, "auto-submitted"), "auto-generated");
    let id = header(&mail, "message-id");
    assert!(id.starts_with("<notice.") && id.ends_with("@erynoa.example>"), "{id}");
    assert!(header(&mail, "content-type").starts_with("multipart/alternative"));
    // Ours is plain http here, where no mail program may click by itself.
    assert!(text.contains(&format!("{}/unsubscribe?token=", seat.url)));
    seat.leave().await;
}

#[tokio::test]
async fn the_link_in_a_mail_stops_its_kind_without_signing_in_and_only_by_the_button() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(mailing(folder.path())).await;
    let mut olga = Person::new(1);
    let (_, realm) = operator(&seat, &mut olga).await;
    let (mia, token) = seat.newcomer(3, "Mia").await;
    let email = address("unsubscribe");
    set_email(&seat, &token, &email, "de").await;
    attest(&seat, &mut olga, realm, &mia).await;
    let mail = mailed(&email, 2).await.remove(1);
    let text = mail["text"].as_str().unwrap();
    let link = text.lines().find(|line| line.contains("/unsubscribe?token=")).unwrap();

    let attestation = async || {
        let all = settings(&seat, &token).await.settings;
        let kind = api::NotificationKind::Attestation;
        all.into_iter().find(|setting| setting.kind() == kind).unwrap()
    };
    let asked = reqwest::get(link).await.unwrap();
    assert_eq!(asked.status(), 200);
    let policy = asked.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"));
    assert_eq!(asked.headers()["cache-control"], "no-store");
    let body = asked.text().await.unwrap();
    assert!(body.contains("<html lang=\"de\">") && body.contains("Diese Mail abbestellen"));
    assert_eq!(attestation().await.mail(), api::NotificationMail::Digest, "looking stops nothing");

    // As mail programs do it (RFC 8058).
    let clicked = reqwest::Client::new()
        .post(link)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click");
    assert_eq!(clicked.send().await.unwrap().status(), 200);
    let after = attestation().await;
    assert!(after.shown && after.mail() == api::NotificationMail::Never);
    let body = reqwest::get(link).await.unwrap().text().await.unwrap();
    assert!(body.contains("Erledigt") && !body.contains("<form"));

    for wrong in ["", "x", &link[link.len() - 40..]] {
        let url = format!("{}/unsubscribe?token={wrong}", seat.url);
        for request in [reqwest::Client::new().get(&url), reqwest::Client::new().post(&url)] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 400);
            assert!(answer.text().await.unwrap().contains("UNSUBSCRIBE_LINK_INVALID"));
        }
    }
    attest(&seat, &mut olga, realm, &mia).await;
    told(&seat, &token, 3).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    mailed(&email, 2).await;
    seat.leave().await;
}

#[tokio::test]
async fn an_address_that_refuses_mail_is_shown_to_its_owner_and_to_operators() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(mailing(folder.path())).await;
    let (admin, _) = operator(&seat, &mut Person::new(1)).await;
    let (_, token) = seat.newcomer(3, "Mia").await;
    set_email(&seat, &token, "mia@refused.example", "en").await;
    let failed = async || {
        let request =
            api::ListMailRequest { state: api::MailState::Failed.into(), ..Default::default() };
        mail(&seat).list_mail(with(&admin, request)).await.unwrap().into_inner()
    };
    let mut outbox = failed().await;
    for _ in 0..100 {
        if !outbox.mails.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        outbox = failed().await;
    }
    assert!(outbox.has_server);
    let message = &outbox.mails[0];
    assert!(message.to.contains("mia@refused.example") && message.why.contains("550"));
    assert_eq!(message.subject, "Welcome to Erynoa, Mia");
    let settings = settings(&seat, &token).await;
    assert_eq!(settings.email, "mia@refused.example");
    assert!(settings.refusal.contains("550") && settings.refused_at_us > 0);

    let retry = async |name: &str| {
        let request = api::RetryMailRequest { name: name.to_owned() };
        mail(&seat).retry_mail(with(&admin, request)).await
    };
    retry(&message.name).await.unwrap();
    for unknown in ["", "nobody", "../../tokens"] {
        assert_eq!(code_of(&retry(unknown).await.unwrap_err()), "NOT_FOUND");
    }
    let sent = api::ListMailRequest { state: api::MailState::Sent.into(), ..Default::default() };
    let sent = mail(&seat).list_mail(with(&admin, sent)).await.unwrap().into_inner();
    assert!(sent.mails.is_empty());
    seat.leave().await;
}

#[tokio::test]
async fn operators_see_every_template_in_both_languages_and_mail_that_is_kept_as_files() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (admin, _) = operator(&seat, &mut Person::new(1)).await;
    let request = with(&admin, api::ListMailTemplatesRequest {});
    let templates = mail(&seat).list_mail_templates(request).await.unwrap().into_inner().templates;
    assert_eq!(templates.len(), 10);
    let render = async |kind: &str, language: &str| {
        let request =
            api::RenderMailTemplateRequest { kind: kind.to_owned(), language: language.to_owned() };
        mail(&seat).render_mail_template(with(&admin, request)).await
    };
    for template in &templates {
        let english = render(&template.kind, "en").await.unwrap().into_inner();
        let german = render(&template.kind, "de").await.unwrap().into_inner();
        assert!(english.text.contains("Hello,") && german.text.contains("Hallo,"));
        assert!(english.html.contains(&seat.url) && german.html.contains("lang=\"de\""));
        assert_eq!(template.essential, !english.text.contains("unsubscribe"));
    }
    for (kind, language) in [("nothing", "en"), ("welcome", "fr"), ("", "")] {
        let refused = render(kind, language).await.unwrap_err();
        assert_eq!(code_of(&refused), "VALIDATION_ERROR");
    }
    set_email(&seat, &admin, "olga@erynoa.example", "en").await;
    let mut kept = Vec::new();
    for _ in 0..100 {
        let request = with(&admin, api::ListMailRequest::default());
        let outbox = mail(&seat).list_mail(request).await.unwrap().into_inner();
        assert!(!outbox.has_server);
        kept = outbox.mails;
        if !kept.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].state(), api::MailState::Kept);
    assert_eq!(kept[0].to, "Olga Operator <olga@erynoa.example>");
    seat.leave().await;
}
