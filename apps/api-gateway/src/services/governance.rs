//! Proposals, votes and discussions.

use erynoa_events::{Body, Vote, decode_proposal, from_own_log, proposal_message, rule_message};
use erynoa_kernel::{Kind, Problem, RealmId};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::governance_service_server::GovernanceService;
use erynoa_realms::{Ballot, ParsedRules, Phase, Proposal, TallyView};
use tonic::{Request, Response, Status};

use super::Api;
use crate::app::{event_id, identity_id, invalid, known, realm_id};
use crate::cursor::{Cursor, page_size};
use crate::doors::problems::{status, violation};
use crate::ledger::{Ledger, Models};

const fn state(phase: Phase) -> api::ProposalState {
    match phase {
        Phase::Draft => api::ProposalState::Draft,
        Phase::Discussion => api::ProposalState::Discussion,
        Phase::Voting => api::ProposalState::Voting,
        Phase::Timelock => api::ProposalState::Timelock,
        Phase::Executed => api::ProposalState::Executed,
        Phase::Defeated => api::ProposalState::Defeated,
        Phase::Vetoed => api::ProposalState::Vetoed,
    }
}

fn tally(view: &TallyView) -> api::Tally {
    api::Tally {
        r#for: view.tally.votes_for,
        against: view.tally.votes_against,
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

fn existing<'a>(
    models: &'a Models,
    id: &str,
    field: &'static str,
) -> Result<&'a Proposal, Problem> {
    let id = event_id(id, field)?;
    models.realms.proposal(&id).ok_or_else(|| {
        Problem::new(Kind::NotFound, "NOT_FOUND", "the log has no such proposal").field(field)
    })
}

fn record(models: &Models, proposal: &Proposal) -> api::ProposalRecord {
    let realm = models.realms.find(&proposal.realm);
    let view = models.realms.tally(proposal, &models.trust, &models.directory);
    let member = proposal.said.member;
    api::ProposalRecord {
        id: proposal.id.to_string(),
        realm: proposal.realm.to_string(),
        realm_name: realm.map(|realm| realm.name.clone()).unwrap_or_default(),
        proposer: models.directory.did_text(&proposal.proposer),
        proposer_name: models.directory.name_of(&proposal.proposer).to_owned(),
        proposal: Some(proposal_message(&proposal.said)),
        state: state(proposal.phase).into(),
        created_at_us: proposal.created_at_us,
        discussion_at_us: proposal.reaches_us(Phase::Discussion),
        voting_at_us: proposal.reaches_us(Phase::Voting),
        timelock_at_us: proposal.reaches_us(Phase::Timelock),
        executes_at_us: proposal.executes_at_us(),
        veto_until_us: proposal.veto_until_us(),
        closed_at_us: proposal.closed_at_us,
        tally: Some(tally(&view)),
        comments: u32::try_from(proposal.comments.len()).unwrap_or(u32::MAX),
        closed_by: proposal.closed_by.map(|event| event.to_string()).unwrap_or_default(),
        member: member.map(|id| models.directory.did_text(&id)).unwrap_or_default(),
        member_name: member.map(|id| models.directory.name_of(&id).to_owned()).unwrap_or_default(),
        present: models.realms.touched_by(proposal).into_iter().map(rule_message).collect(),
    }
}

fn list(
    models: &Models,
    request: &api::ListProposalsRequest,
) -> Result<api::ListProposalsResponse, Problem> {
    let realm: Option<RealmId> = match request.realm.as_str() {
        "" => None,
        text => Some(realm_id(models, text)?),
    };
    let proposer = match request.proposer.as_str() {
        "" => None,
        text => Some(identity_id(text, "proposer")?),
    };
    let states = request
        .states
        .iter()
        .map(|&number| {
            api::ProposalState::try_from(number)
                .map_err(|_| invalid("states", format!("there is no state {number}")))
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    let size = page_size(request.page_size)?;
    let numbers: Vec<u8> = request.states.iter().flat_map(|n| n.to_be_bytes()).collect();
    let cursor = Cursor::of(&[
        b"proposals",
        request.realm.as_bytes(),
        request.proposer.as_bytes(),
        &numbers,
    ]);
    let before = cursor.decode(&request.page_token)?.unwrap_or(u64::MAX);
    let mut found: Vec<&Proposal> = models
        .realms
        .proposals(realm)
        .rev()
        .filter(|proposal| {
            proposal.sequence < before
                && proposer.is_none_or(|proposer| proposal.proposer == proposer)
                && (states.is_empty() || states.contains(&state(proposal.phase)))
        })
        .take(size + 1)
        .collect();
    let more = found.len() > size;
    found.truncate(size);
    let next_page_token = match found.last() {
        Some(last) if more => cursor.encode(last.sequence),
        _ => String::new(),
    };
    let proposals = found.into_iter().map(|proposal| record(models, proposal)).collect();
    Ok(api::ListProposalsResponse { proposals, next_page_token })
}

/// A page of `all` by index.
fn slice<T: Copy>(
    all: &[T],
    cursor: &Cursor,
    page_token: &str,
    page_size_asked: u32,
) -> Result<(Vec<T>, String), Problem> {
    let size = page_size(page_size_asked)?;
    let skip = cursor.decode(page_token)?.unwrap_or_default();
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let page: Vec<T> = all.iter().skip(skip).take(size).copied().collect();
    let end = skip.saturating_add(page.len());
    let more = end < all.len() && !page.is_empty();
    Ok((page, if more { cursor.encode(end as u64) } else { String::new() }))
}

async fn votes(
    ledger: &Ledger,
    request: &api::ListVotesRequest,
) -> Result<api::ListVotesResponse, Problem> {
    let (ballots, next_page_token, total) = {
        let models = ledger.read();
        let proposal = existing(&models, &request.proposal, "proposal")?;
        let cursor = Cursor::of(&[b"votes", proposal.id.as_bytes()]);
        let (page, token) =
            slice(&proposal.ballots, &cursor, &request.page_token, request.page_size)?;
        (page, token, proposal.ballots.len() as u64)
    };
    let sequences: Vec<u64> = ballots.iter().map(|ballot| ballot.sequence).collect();
    let entries = ledger.entries(&sequences).await?;
    let models = ledger.read();
    let votes = ballots
        .iter()
        .zip(entries)
        .map(|(ballot, entry): (&Ballot, _)| {
            let event = from_own_log(entry).map_err(Problem::internal)?;
            let comment = match &event.event().body {
                Body::Vote(vote) => vote.comment.clone(),
                _ => String::new(),
            };
            Ok(api::VoteRecord {
                id: event.id().to_string(),
                voter: models.directory.did_text(&ballot.voter),
                voter_name: models.directory.name_of(&ballot.voter).to_owned(),
                votes: i32::from(ballot.votes),
                veto: ballot.veto,
                comment,
                norm_ppm: ballot.norm_ppm,
                wall_us: event.event().coordinate.wall_us,
            })
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    Ok(api::ListVotesResponse { votes, next_page_token, total })
}

async fn comments(
    ledger: &Ledger,
    request: &api::ListCommentsRequest,
) -> Result<api::ListCommentsResponse, Problem> {
    let (sequences, next_page_token, total) = {
        let models = ledger.read();
        let proposal = existing(&models, &request.proposal, "proposal")?;
        let cursor = Cursor::of(&[b"comments", proposal.id.as_bytes()]);
        let (page, token) =
            slice(&proposal.comments, &cursor, &request.page_token, request.page_size)?;
        (page, token, proposal.comments.len() as u64)
    };
    let entries = ledger.entries(&sequences).await?;
    let models = ledger.read();
    let comments = entries
        .into_iter()
        .map(|entry| {
            let event = from_own_log(entry).map_err(Problem::internal)?;
            let said = event.event();
            let text = match &said.body {
                Body::Custom(custom) => String::from_utf8_lossy(&custom.data).into_owned(),
                _ => String::new(),
            };
            Ok(api::CommentRecord {
                id: event.id().to_string(),
                author: models.directory.did_text(&said.author),
                author_name: models.directory.name_of(&said.author).to_owned(),
                text,
                wall_us: said.coordinate.wall_us,
            })
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    Ok(api::ListCommentsResponse { comments, next_page_token, total })
}

fn check(
    ledger: &Ledger,
    request: &api::CheckProposalRequest,
) -> Result<api::CheckProposalResponse, Problem> {
    let proposer = identity_id(&request.proposer, "proposer")?;
    let realm = {
        let models = ledger.read();
        known(&models, &proposer, "proposer")?;
        realm_id(&models, &request.realm)?
    };
    let said = match decode_proposal(&request.proposal) {
        Ok(said) => said,
        // Not even an event could say it; that is a reason like the others.
        Err(error) => {
            let wrong = erynoa_kernel::Violation::new(error.code, error.field, error.message);
            return Ok(api::CheckProposalResponse {
                allowed: false,
                violations: vec![violation(&wrong)],
            });
        }
    };
    // Nobody waits while expressions are parsed.
    let rules = ParsedRules::of(&said.set);
    let models = ledger.read();
    let violations =
        models.realms.check_parsed_proposal(&realm, &proposer, (&said, &rules), &models.directory);
    Ok(api::CheckProposalResponse {
        allowed: violations.is_empty(),
        violations: violations.iter().map(violation).collect(),
    })
}

fn preview(
    models: &Models,
    request: &api::PreviewVoteRequest,
) -> Result<api::PreviewVoteResponse, Problem> {
    let voter = identity_id(&request.voter, "voter")?;
    known(models, &voter, "voter")?;
    let proposal = existing(models, &request.proposal, "proposal")?;
    let votes = i8::try_from(request.votes)
        .ok()
        .filter(|votes| votes.unsigned_abs() <= erynoa_events::MAX_VOTES.unsigned_abs())
        .ok_or_else(|| invalid("votes", "is -10 to 10".to_owned()))?;
    if request.veto && votes != 0 {
        return Err(invalid("votes", "is 0 with a veto".to_owned()));
    }
    let vote = Vote { proposal: proposal.id, votes, veto: request.veto, comment: String::new() };
    let preview = models
        .realms
        .preview_vote(&voter, &vote, &models.trust, &models.directory)
        .ok_or_else(|| Problem::internal("a proposal that was just found is gone"))?;
    let (before, after) = preview.tally;
    let (veto_before, veto_after) = preview.veto_weight;
    let view = |sum, veto| tally(&TallyView::new(proposal, sum, veto, preview.eligible));
    Ok(api::PreviewVoteResponse {
        allowed: preview.violations.is_empty(),
        violations: preview.violations.iter().map(violation).collect(),
        credits_left: preview.credits_left,
        cost: preview.cost,
        norm_ppm: preview.norm_ppm,
        before: Some(view(before, veto_before)),
        after: Some(view(after, veto_after)),
    })
}

#[tonic::async_trait]
impl GovernanceService for Api {
    async fn list_proposals(
        &self,
        request: Request<api::ListProposalsRequest>,
    ) -> Result<Response<api::ListProposalsResponse>, Status> {
        let models = self.app.ledger.read();
        list(&models, request.get_ref()).map(Response::new).map_err(status)
    }

    async fn get_proposal(
        &self,
        request: Request<api::GetProposalRequest>,
    ) -> Result<Response<api::GetProposalResponse>, Status> {
        let models = self.app.ledger.read();
        let proposal = existing(&models, &request.get_ref().id, "id").map_err(status)?;
        let proposal = Some(record(&models, proposal));
        Ok(Response::new(api::GetProposalResponse { proposal }))
    }

    async fn list_votes(
        &self,
        request: Request<api::ListVotesRequest>,
    ) -> Result<Response<api::ListVotesResponse>, Status> {
        votes(&self.app.ledger, request.get_ref()).await.map(Response::new).map_err(status)
    }

    async fn list_comments(
        &self,
        request: Request<api::ListCommentsRequest>,
    ) -> Result<Response<api::ListCommentsResponse>, Status> {
        comments(&self.app.ledger, request.get_ref()).await.map(Response::new).map_err(status)
    }

    async fn check_proposal(
        &self,
        request: Request<api::CheckProposalRequest>,
    ) -> Result<Response<api::CheckProposalResponse>, Status> {
        check(&self.app.ledger, request.get_ref()).map(Response::new).map_err(status)
    }

    async fn preview_vote(
        &self,
        request: Request<api::PreviewVoteRequest>,
    ) -> Result<Response<api::PreviewVoteResponse>, Status> {
        let models = self.app.ledger.read();
        preview(&models, request.get_ref()).map(Response::new).map_err(status)
    }
}
