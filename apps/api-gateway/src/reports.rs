//! Reports in the running server: of a realm, of a decision, of the audit log;
//! kept as files of whoever asked.

use std::collections::BTreeMap;

use bytes::Bytes;
use erynoa_access::{AuditEntry, AuditFilter, verify_audit_log};
use erynoa_documents::{
    AUDIT_LINES_MOST, AuditCount, AuditLine, AuditReport, Language, Minutes, NAME_MOST, Report,
    ReportCredential, ReportPage, draft_minutes, report_realm, shown, verification_hash,
};
use erynoa_kernel::{EventId, Kind, Problem, RealmId};
use erynoa_storage::{File, FileAccess, FileName, Folder, MediaType, NewFile, StorageError};
use serde_json::json;

use crate::app::{App, Caller};
use crate::documents::ISSUED;
use crate::services::realm::member_count;

/// Where reports lie among somebody's files.
const FOLDER: &str = "/Reports";
/// Entries of the audit log that are read at once.
const PAGE: usize = 500;
/// Entries of the audit log that a report counts: more take too long for one
/// answer.
const COUNTED_MOST: u64 = 100_000;

/// A report that was made.
pub(crate) struct Issued {
    pub(crate) file: File,
    pub(crate) report: Report,
    /// Its signed bytes.
    pub(crate) signed: Vec<u8>,
}

fn unknown(what: &str, field: &'static str) -> Problem {
    Problem::new(Kind::NotFound, "NOT_FOUND", format!("the log has no such {what}")).field(field)
}

/// A file name for the report: what it is, of what, as of when.
fn file_name(page: &ReportPage) -> FileName {
    let report = &page.credential.credential_subject;
    let what = match (report, page.language) {
        (Report::Realm(_), Language::En) => "Realm report",
        (Report::Realm(_), Language::De) => "Realm-Bericht",
        (Report::Minutes(_), Language::En) => "Minutes",
        (Report::Minutes(_), Language::De) => "Protokoll",
        (Report::Audit(_), Language::En) => "Audit report",
        (Report::Audit(_), Language::De) => "Prüfbericht",
    };
    let of: String = report.title().chars().filter(|c| !matches!(c, '/' | '\\')).take(60).collect();
    let day = page.credential.valid_from.get(..10).unwrap_or_default();
    let words: Vec<&str> = [what, of.trim(), day].into_iter().filter(|w| !w.is_empty()).collect();
    let named = FileName::new(&format!("{}.pdf", words.join(" ")));
    let plain = || FileName::new(&format!("{what} {day}.pdf"));
    named.or_else(|_| plain()).expect("words and a date are a name")
}

fn line(entry: AuditEntry) -> AuditLine {
    let record = entry.record;
    AuditLine {
        sequence: entry.sequence,
        at_us: record.at_us,
        actor: shown(&record.actor_name, NAME_MOST),
        action: record.action,
        target: shown(&record.target, NAME_MOST),
    }
}

impl App {
    /// What a realm is now.
    ///
    /// # Errors
    /// `NOT_FOUND`, `DOCUMENT_TOO_EARLY`.
    pub(crate) fn realm_report(&self, realm: &RealmId) -> Result<Report, Problem> {
        let models = self.ledger.read();
        let realm = models.realms.find(realm).ok_or_else(|| unknown("realm", "realm"))?;
        let members = u64::from(member_count(&models, realm));
        Ok(Report::Realm(report_realm(&models, realm, members)?))
    }

    /// How a decision has come about so far.
    ///
    /// # Errors
    /// `NOT_FOUND`, `DOCUMENT_TOO_EARLY`.
    pub(crate) async fn minutes(&self, proposal: &EventId) -> Result<Report, Problem> {
        let draft = {
            let models = self.ledger.read();
            let found = models.realms.proposal(proposal);
            let found = found.ok_or_else(|| unknown("proposal", "proposal"))?;
            let view = models.realms.tally(found, &models.trust, &models.directory);
            draft_minutes(&models, found, &view)?
        };
        let entries = self.ledger.entries(&draft.sequences()).await?;
        let minutes: Minutes = draft.write(&self.ledger.read(), entries)?;
        Ok(Report::Minutes(minutes))
    }

    /// What was done with special rights from `since_us` until before
    /// `until_us`, and whether the chain holds.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` when it would be too much; when the log cannot be read.
    pub(crate) async fn audit_report(
        &self,
        since_us: u64,
        until_us: u64,
    ) -> Result<Report, Problem> {
        let (chain, fault) = verify_audit_log(self.audit.as_ref()).await?;
        let filter = AuditFilter { since_us, until_us, ..AuditFilter::default() };
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let mut lines = Vec::new();
        let mut matching = 0_u64;
        let mut before = None;
        loop {
            let entries = self.audit.list(&filter, before, PAGE).await?;
            before = entries.last().map(|entry| entry.sequence);
            matching += entries.len() as u64;
            if matching > COUNTED_MOST {
                let right =
                    format!("a report counts at most {COUNTED_MOST} entries: take less time");
                return Err(
                    Problem::new(Kind::Invalid, "VALIDATION_ERROR", right).field("since_us")
                );
            }
            let is_last = entries.len() < PAGE;
            for entry in entries {
                *counts.entry(entry.record.action.clone()).or_default() += 1;
                if lines.len() < AUDIT_LINES_MOST {
                    lines.push(line(entry));
                }
            }
            if is_last {
                break;
            }
        }
        let mut counts: Vec<AuditCount> =
            counts.into_iter().map(|(action, count)| AuditCount { action, count }).collect();
        counts.sort_by_key(|one| std::cmp::Reverse(one.count));
        Ok(Report::Audit(AuditReport {
            since_us,
            until_us,
            intact: fault.is_none(),
            broken_at: fault.map(|fault| fault.sequence).unwrap_or_default(),
            entries: chain.entries,
            head: hex::encode(chain.head),
            matching,
            counts,
            lines,
        }))
    }

    /// Signs a report, sets it, and keeps it among the files of whoever asked.
    ///
    /// # Errors
    /// `DOCUMENT_TIMEOUT`, `DOCUMENT_UNRENDERABLE`; those of storing a file.
    pub(crate) async fn issue_report(
        &self,
        caller: &Caller,
        report: Report,
        language: Language,
    ) -> Result<Issued, Problem> {
        let (origin, now_us) = (&self.config.log.origin, self.clock.now_us());
        let key = &self.documents.key;
        let (credential, signed) = ReportCredential::issue(report.clone(), origin, key, now_us);
        let verify_url = format!("{}/verify", self.config.application.platform_url);
        let page = ReportPage { credential, signed: signed.clone(), verify_url, language };
        let new = NewFile {
            name: file_name(&page),
            folder: Folder::new(FOLDER).map_err(StorageError::from)?,
            media_type: Some(MediaType::new("application/pdf").map_err(StorageError::from)?),
            realm: None,
            access: FileAccess::Private,
            hash: None,
        };
        let pdf: Bytes = self.set_pages(page).await?;
        let visitor = self.visitor(Some(&caller.principal));
        let file = self.files.storage.upload_file(new, pdf, &visitor.caller()).await?;
        let mut details = json!({ "kind": report.kind(), "file": file.id.to_string() });
        match &report {
            Report::Realm(realm) => details["realm"] = json!(realm.realm),
            Report::Minutes(minutes) => details["proposal"] = json!(minutes.event),
            Report::Audit(audit) => {
                details["since_us"] = json!(audit.since_us);
                details["until_us"] = json!(audit.until_us);
            }
        }
        self.audit(caller, ISSUED, verification_hash(&signed), details).await?;
        Ok(Issued { file, report, signed })
    }
}
