//! Verbs about what one is told.

use erynoa_proto::api::v1 as api;
use serde_json::{Value, json};

use super::signed::Signed;
use super::{Context, collect};
use crate::error::CliError;
use crate::notification_arguments::{MailMode, NotificationCommand};
use crate::output::{safe, table};
use crate::time_text::date_time;

fn kind_name(kind: api::NotificationKind) -> String {
    kind.as_str_name().trim_start_matches("NOTIFICATION_KIND_").to_lowercase()
}

fn mail_name(mail: api::NotificationMail) -> String {
    mail.as_str_name().trim_start_matches("NOTIFICATION_MAIL_").to_lowercase()
}

fn document(item: &api::Notification) -> Value {
    json!({
        "id": item.id,
        "kind": kind_name(item.kind()),
        "at_us": item.at_us,
        "words": item.words,
        "link": item.link,
        "read": item.read,
    })
}

/// Runs a verb.
///
/// # Errors
/// The server's refusals.
pub(crate) async fn run(context: &Context, command: NotificationCommand) -> Result<(), CliError> {
    let signed = Signed::open(context).await?;
    match command {
        NotificationCommand::List { unread, limit } => list(context, &signed, unread, limit).await,
        NotificationCommand::Read { ids, all } => {
            let request = signed.with(api::MarkNotificationsReadRequest { ids, all })?;
            let answer = signed.client.notifications().mark_notifications_read(request).await;
            let answer = signed.read(answer)?;
            let text = format!("{} read, {} unread\n", answer.marked, answer.unread);
            let result = json!({ "marked": answer.marked, "unread": answer.unread });
            context.output.result(&result, &text);
            Ok(())
        }
        NotificationCommand::Settings { kind: Some(kind), mail: Some(mail), hide } => {
            change(context, &signed, &kind, mail, hide).await
        }
        NotificationCommand::Settings { .. } => {
            let request = signed.with(api::GetNotificationSettingsRequest {})?;
            let answer = signed.client.notifications().get_notification_settings(request).await;
            show(context, &signed.read(answer)?.settings);
            Ok(())
        }
    }
}

async fn list(
    context: &Context,
    signed: &Signed,
    unread_only: bool,
    limit: u32,
) -> Result<(), CliError> {
    let found = collect(limit, async |page_size, page_token| {
        let request = api::ListNotificationsRequest { page_size, page_token, unread_only };
        let page = signed.client.notifications().list_notifications(signed.with(request)?).await;
        let page = signed.read(page)?;
        Ok((page.notifications, page.next_page_token))
    })
    .await?;
    let words = |item: &api::Notification| {
        let mut words: Vec<_> = item.words.iter().collect();
        words.sort();
        words.iter().map(|(name, text)| format!("{name}={}", safe(text))).collect::<Vec<_>>()
    };
    let rows: Vec<_> = found
        .iter()
        .map(|item| {
            vec![
                safe(&item.id),
                if item.read { String::new() } else { "new".to_owned() },
                kind_name(item.kind()),
                date_time(item.at_us),
                words(item).join(", "),
            ]
        })
        .collect();
    let listed = json!({ "notifications": found.iter().map(document).collect::<Vec<_>>() });
    context.output.result(&listed, &table(&["id", "", "kind", "when", "what"], &rows));
    Ok(())
}

async fn change(
    context: &Context,
    signed: &Signed,
    kind: &str,
    mail: MailMode,
    hide: bool,
) -> Result<(), CliError> {
    let name = format!("NOTIFICATION_KIND_{}", kind.to_uppercase().replace('-', "_"));
    let mail = match mail {
        MailMode::AtOnce => api::NotificationMail::AtOnce,
        MailMode::Digest => api::NotificationMail::Digest,
        MailMode::Never => api::NotificationMail::Never,
    };
    let setting = api::NotificationSetting {
        // What is unknown is for the server to refuse.
        kind: api::NotificationKind::from_str_name(&name).unwrap_or_default().into(),
        shown: !hide,
        mail: mail.into(),
        ..api::NotificationSetting::default()
    };
    let request = api::UpdateNotificationSettingsRequest { settings: vec![setting] };
    let request = signed.with(request)?;
    let answer = signed.client.notifications().update_notification_settings(request).await;
    show(context, &signed.read(answer)?.settings);
    Ok(())
}

fn show(context: &Context, settings: &[api::NotificationSetting]) {
    let choices = |setting: &api::NotificationSetting| {
        setting.choices().map(mail_name).collect::<Vec<_>>().join(" ")
    };
    let rows: Vec<_> = settings
        .iter()
        .map(|setting| {
            vec![
                kind_name(setting.kind()),
                if setting.shown { "shown" } else { "hidden" }.to_owned(),
                mail_name(setting.mail()),
                choices(setting),
            ]
        })
        .collect();
    let result: Vec<_> = settings
        .iter()
        .map(|setting| {
            json!({
                "kind": kind_name(setting.kind()),
                "shown": setting.shown,
                "mail": mail_name(setting.mail()),
                "essential": setting.essential,
                "choices": setting.choices().map(mail_name).collect::<Vec<_>>(),
            })
        })
        .collect();
    let text = table(&["kind", "in the apps", "mail", "choices"], &rows);
    context.output.result(&json!({ "settings": result }), &text);
}
