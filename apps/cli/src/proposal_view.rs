//! Proposals, votes and discussions for people and programs.

use erynoa_proto::api::v1::{CommentRecord, ProposalRecord, Tally, VoteRecord};
use serde_json::{Value, json};

use crate::event_view::who;
use crate::output::{ratio, safe, table};
use crate::time_text::date_time;
use crate::{names, rule_file};

pub(crate) fn tally_document(tally: &Tally) -> Value {
    json!({
        "for": tally.r#for,
        "against": tally.against,
        "voters": tally.voters,
        "eligible": tally.eligible,
        "share_ppm": tally.share_ppm,
        "threshold_ppm": tally.threshold_ppm,
        "turnout_ppm": tally.turnout_ppm,
        "quorum_ppm": tally.quorum_ppm,
        "veto_ppm": tally.veto_ppm,
        "veto_threshold_ppm": tally.veto_threshold_ppm,
    })
}

/// A tally in two lines.
pub(crate) fn tally_text(tally: &Tally) -> String {
    format!(
        "for {} of the weight (needs more than {}), {} of {} voted: {} (needs {})\n\
         vetoed by {} of the weight (stopped at {})\n",
        ratio(tally.share_ppm),
        ratio(tally.threshold_ppm),
        tally.voters,
        tally.eligible,
        ratio(tally.turnout_ppm),
        ratio(tally.quorum_ppm),
        ratio(tally.veto_ppm),
        ratio(tally.veto_threshold_ppm),
    )
}

pub(crate) fn document(record: &ProposalRecord) -> Value {
    let said = record.proposal.clone().unwrap_or_default();
    json!({
        "id": record.id,
        "realm": record.realm,
        "realm_name": record.realm_name,
        "proposer": record.proposer,
        "proposer_name": record.proposer_name,
        "kind": names::proposal_kind(said.kind),
        "title": said.title,
        "text": said.text,
        "set": said.set.iter().map(rule_file::document).collect::<Vec<_>>(),
        "removed": said.removed,
        "present": record.present.iter().map(rule_file::document).collect::<Vec<_>>(),
        "member": record.member,
        "member_name": record.member_name,
        "admit": said.admit,
        "state": names::proposal_state(record.state),
        "created_at_us": record.created_at_us,
        "discussion_at_us": record.discussion_at_us,
        "voting_at_us": record.voting_at_us,
        "timelock_at_us": record.timelock_at_us,
        "executes_at_us": record.executes_at_us,
        "veto_until_us": record.veto_until_us,
        "closed_at_us": record.closed_at_us,
        "closed_by": record.closed_by,
        "tally": record.tally.as_ref().map(tally_document),
        "comments": record.comments,
    })
}

/// Proposals as a table.
pub(crate) fn list_text(list: &[ProposalRecord]) -> String {
    let rows: Vec<_> = list
        .iter()
        .map(|record| {
            let said = record.proposal.clone().unwrap_or_default();
            vec![
                names::proposal_state(record.state),
                names::proposal_kind(said.kind),
                safe(&said.title),
                safe(&record.realm_name),
                who(&record.proposer_name, &record.proposer),
                record.id.clone(),
            ]
        })
        .collect();
    table(&["state", "kind", "title", "realm", "by", "id"], &rows)
}

/// One proposal, from what it is about to how it stands.
pub(crate) fn text(record: &ProposalRecord) -> String {
    let said = record.proposal.clone().unwrap_or_default();
    let mut text = format!(
        "{}\n{} proposal to {} by {}: {}\n\n",
        safe(&said.title),
        names::proposal_kind(said.kind),
        safe(&record.realm_name),
        who(&record.proposer_name, &record.proposer),
        names::proposal_state(record.state),
    );
    for line in said.text.lines() {
        text.push_str(&format!("  {}\n", safe(line)));
    }
    let rule = |rule: &_| safe(&rule_file::document(rule).to_string());
    for each in &record.present {
        text.push_str(&format!("now     {}\n", rule(each)));
    }
    for each in &said.set {
        text.push_str(&format!("set     {}\n", rule(each)));
    }
    for each in &said.removed {
        text.push_str(&format!("remove  {}\n", safe(each)));
    }
    if !record.member.is_empty() {
        let does = if said.admit { "admits" } else { "excludes" };
        text.push_str(&format!("{does} {}\n", who(&record.member_name, &record.member)));
    }
    for (name, at) in [
        ("proposed", record.created_at_us),
        ("discussion from", record.discussion_at_us),
        ("voting from", record.voting_at_us),
        ("timelock from", record.timelock_at_us),
        ("veto until", record.veto_until_us),
        ("takes effect", record.executes_at_us),
        ("closed", record.closed_at_us),
    ] {
        if at > 0 {
            text.push_str(&format!("{name:<16} {}\n", date_time(at)));
        }
    }
    if let Some(tally) = &record.tally {
        text.push_str(&tally_text(tally));
    }
    text
}

pub(crate) fn vote_document(vote: &VoteRecord) -> Value {
    json!({
        "id": vote.id,
        "voter": vote.voter,
        "voter_name": vote.voter_name,
        "votes": vote.votes,
        "veto": vote.veto,
        "comment": vote.comment,
        "norm_ppm": vote.norm_ppm,
        "wall_us": vote.wall_us,
    })
}

/// Votes as a table.
pub(crate) fn votes_text(votes: &[VoteRecord]) -> String {
    let rows: Vec<_> = votes
        .iter()
        .map(|vote| {
            vec![
                if vote.veto { "veto".to_owned() } else { format!("{:+}", vote.votes) },
                ratio(vote.norm_ppm),
                who(&vote.voter_name, &vote.voter),
                date_time(vote.wall_us),
                safe(&vote.comment),
            ]
        })
        .collect();
    table(&[">votes", ">norm", "by", "at", "comment"], &rows)
}

pub(crate) fn comment_document(comment: &CommentRecord) -> Value {
    json!({
        "id": comment.id,
        "author": comment.author,
        "author_name": comment.author_name,
        "text": comment.text,
        "wall_us": comment.wall_us,
    })
}

/// A discussion, line by line.
pub(crate) fn comments_text(comments: &[CommentRecord]) -> String {
    let mut text = String::new();
    for comment in comments {
        let by = who(&comment.author_name, &comment.author);
        text.push_str(&format!("{} {by}:\n", date_time(comment.wall_us)));
        for line in comment.text.lines() {
            text.push_str(&format!("  {}\n", safe(line)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use erynoa_proto::protocol::v1::Proposal;

    #[test]
    fn a_proposal_tells_what_it_asks_and_how_it_stands() {
        let record = ProposalRecord {
            realm_name: "Bakers".to_owned(),
            proposer_name: "Ada\u{1b}".to_owned(),
            proposal: Some(Proposal {
                kind: 1,
                title: "Let newcomers in".to_owned(),
                removed: vec!["least-trust".to_owned()],
                ..Proposal::default()
            }),
            state: 3,
            voting_at_us: 1_000_000,
            tally: Some(Tally { share_ppm: 600_000, threshold_ppm: 500_000, ..Tally::default() }),
            ..ProposalRecord::default()
        };
        let text = text(&record);
        assert!(text.contains("parameter proposal to Bakers by Ada\u{fffd}: voting"), "{text}");
        assert!(text.contains("remove  least-trust"), "{text}");
        assert!(text.contains("for 0.6000 of the weight (needs more than 0.5000)"), "{text}");
        assert!(text.contains("voting from      1970-01-01 00:00:01Z"), "{text}");
        assert_eq!(document(&record)["tally"]["share_ppm"], 600_000);
    }
}
