//! The minutes of a decision: first what the log has folded, and which entries
//! hold the words; then, with the bytes of those entries, the whole.

use bytes::Bytes;
use erynoa_events::{Body, from_own_log};
use erynoa_realms::{Phase, Proposal, TallyView};
use erynoa_replica::Replica;

use crate::error::DocumentError;
use crate::report::{COMMENTS_MOST, CommentLine, Minutes, TallyLine, VOTES_MOST, VoteLine};
use crate::report_realm::{bounds, person, place, proposal_kind, rule_said};
use crate::text::{COMMENT_MOST, NAME_MOST, shown};

/// Longest text of a proposal that minutes show, characters: all that an event
/// can hold.
const TEXT_MOST: usize = 4096;
/// Longest contribution to a discussion that minutes show, characters.
const SAID_MOST: usize = 1000;

/// Minutes that still lack what was written with votes and in the discussion.
#[derive(Clone, Debug)]
pub struct MinutesDraft {
    minutes: Minutes,
    votes: Vec<u64>,
    comments: Vec<u64>,
}

fn tally(view: &TallyView) -> TallyLine {
    TallyLine {
        votes_for: view.tally.votes_for,
        votes_against: view.tally.votes_against,
        voters: view.tally.voters,
        eligible: view.eligible,
        share_ppm: view.share_ppm,
        threshold_ppm: view.threshold_ppm,
        turnout_ppm: view.turnout_ppm,
        quorum_ppm: view.quorum_ppm,
        veto_ppm: view.veto_ppm,
        veto_threshold_ppm: view.veto_threshold_ppm,
    }
}

/// What the minutes of a proposal say, but for words that only its entries hold.
///
/// # Errors
/// `TooEarly` before the first closed epoch.
pub fn draft_minutes(
    replica: &Replica,
    proposal: &Proposal,
    view: &TallyView,
) -> Result<MinutesDraft, DocumentError> {
    let said = &proposal.said;
    let begins = |phase, at_us: u64| if proposal.phase >= phase { at_us } else { 0 };
    let ballots = &proposal.ballots[..proposal.ballots.len().min(VOTES_MOST)];
    let votes = ballots.iter().map(|ballot| VoteLine {
        voter: replica.directory.did_text(&ballot.voter),
        name: person(replica, &ballot.voter),
        votes: ballot.votes,
        veto: ballot.veto,
        norm_ppm: ballot.norm_ppm,
        comment: String::new(),
    });
    let minutes = Minutes {
        event: proposal.id.to_string(),
        realm: proposal.realm.to_string(),
        realm_name: place(replica, &proposal.realm),
        title: shown(&said.title, NAME_MOST),
        text: shown(&said.text, TEXT_MOST),
        proposal_kind: proposal_kind(said.kind).to_owned(),
        phase: proposal.phase.name().to_owned(),
        proposer: person(replica, &proposal.proposer),
        set: said.set.iter().map(|rule| rule_said(replica, &rule.parameters)).collect(),
        removed: said.removed.clone(),
        member: said.member.map(|member| person(replica, &member)).unwrap_or_default(),
        admit: said.admit,
        times_us: [
            proposal.created_at_us,
            begins(Phase::Discussion, proposal.discussion_at_us),
            begins(Phase::Voting, proposal.voting_at_us),
            begins(Phase::Timelock, proposal.timelock_at_us),
            proposal.closed_at_us,
        ],
        tally: tally(view),
        votes: votes.collect(),
        vote_count: proposal.ballots.len() as u64,
        comments: Vec::new(),
        comment_count: proposal.comments.len() as u64,
        bounds: bounds(replica)?,
    };
    Ok(MinutesDraft {
        minutes,
        votes: ballots.iter().map(|ballot| ballot.sequence).collect(),
        comments: proposal.comments.iter().take(COMMENTS_MOST).copied().collect(),
    })
}

impl MinutesDraft {
    /// Positions of the entries that it lacks.
    #[must_use]
    pub fn sequences(&self) -> Vec<u64> {
        self.votes.iter().chain(&self.comments).copied().collect()
    }

    /// The minutes, with the entries at [`Self::sequences`] in that order.
    ///
    /// # Errors
    /// `Unrenderable` when an entry is none of the log.
    pub fn write(self, replica: &Replica, entries: Vec<Bytes>) -> Result<Minutes, DocumentError> {
        let Self { mut minutes, votes, .. } = self;
        let mut events = Vec::with_capacity(entries.len());
        for entry in entries {
            let event = from_own_log(entry)
                .map_err(|error| DocumentError::Unrenderable(error.to_string()))?;
            events.push(event);
        }
        let (ballots, comments) = events.split_at(votes.len().min(events.len()));
        for (line, event) in minutes.votes.iter_mut().zip(ballots) {
            if let Body::Vote(vote) = &event.event().body {
                line.comment = shown(&vote.comment, COMMENT_MOST);
            }
        }
        for event in comments {
            let said = event.event();
            let Body::Custom(custom) = &said.body else { continue };
            minutes.comments.push(CommentLine {
                name: person(replica, &said.author),
                text: shown(&String::from_utf8_lossy(&custom.data), SAID_MOST),
                wall_us: said.coordinate.wall_us,
            });
        }
        Ok(minutes)
    }
}
