//! `proposal list|show|create|check|comment|minutes`.

use erynoa_events::{Body, Custom, Proposal, encode_proposal};
use erynoa_proto::api::v1::{
    CheckProposalRequest, CommentRecord, GetProposalRequest, ListCommentsRequest,
    ListProposalsRequest, ListVotesRequest, ProposalRecord, VoteRecord,
};
use serde_json::json;

use crate::client::Client;
use crate::commands::{Context, check_identity, collect};
use crate::error::CliError;
use crate::proposal_view as view;
use crate::realm_arguments::{ProposalCommand, ProposalDraft};
use crate::speaker::{Speaker, event_id, event_of, identity};
use crate::{rule_file, violation};

/// A custom event of this type and version is a contribution to the discussion
/// of its first parent.
const COMMENT: (u16, u32) = (1, 1);

pub(crate) async fn run(context: &Context, command: ProposalCommand) -> Result<(), CliError> {
    match command {
        ProposalCommand::List { states, proposer, limit } => {
            if let Some(proposer) = &proposer {
                check_identity(proposer)?;
            }
            let client = context.connect().await?;
            let request = ListProposalsRequest {
                realm: context.realm_filter(&client).await?,
                states: states.into_iter().map(|state| state.number()).collect(),
                proposer: proposer.unwrap_or_default(),
                ..ListProposalsRequest::default()
            };
            let found = collect(limit, async |page_size, page_token| {
                let request = ListProposalsRequest { page_size, page_token, ..request.clone() };
                let page =
                    client.government().list_proposals(request).await.map_err(client.failed())?;
                let page = page.into_inner();
                Ok((page.proposals, page.next_page_token))
            })
            .await?;
            let list: Vec<_> = found.iter().map(view::document).collect();
            context.output.result(&json!({ "proposals": list }), &view::list_text(&found));
            Ok(())
        }
        ProposalCommand::Show { proposal } => {
            let client = context.connect().await?;
            let record = get(&client, &proposal).await?;
            context.output.result(&view::document(&record), &view::text(&record));
            Ok(())
        }
        ProposalCommand::Create(arguments) => {
            let body = Body::Proposal(draft(arguments)?);
            let speaker = Speaker::open(context).await?;
            let realm = context.realm(&speaker.client).await?;
            speaker.say_and_print(realm, body).await
        }
        ProposalCommand::Check(arguments) => check(context, draft(arguments)?).await,
        ProposalCommand::Comment { proposal, text } => comment(context, &proposal, text).await,
        ProposalCommand::Minutes { proposal } => minutes(context, &proposal).await,
    }
}

/// A proposal as the log knows it.
pub(crate) async fn get(client: &Client, id: &str) -> Result<ProposalRecord, CliError> {
    let request = GetProposalRequest { id: event_id(id)?.to_string() };
    let answer = client.government().get_proposal(request).await.map_err(client.failed())?;
    answer.into_inner().proposal.ok_or_else(|| client.odd("GetProposal without a proposal"))
}

fn draft(arguments: ProposalDraft) -> Result<Proposal, CliError> {
    let mut removed = arguments.removed;
    removed.sort_unstable();
    removed.dedup();
    Ok(Proposal {
        kind: arguments.kind.domain(),
        title: arguments.title,
        text: arguments.text,
        set: rule_file::read(Vec::new(), &arguments.set)?,
        removed,
        member: arguments.member.as_deref().map(identity).transpose()?,
        admit: arguments.admit,
    })
}

async fn check(context: &Context, draft: Proposal) -> Result<(), CliError> {
    let proposer = context.key()?.did.to_string();
    let client = context.connect().await?;
    let realm = context.realm(&client).await?.to_string();
    let request = CheckProposalRequest { proposer, realm, proposal: encode_proposal(&draft) };
    let answer = client.government().check_proposal(request).await.map_err(client.failed())?;
    let answer = answer.into_inner();
    let violations = violation::documents(&answer.violations);
    let document = json!({ "allowed": answer.allowed, "violations": violations });
    if answer.allowed {
        context.output.result(&document, "nothing speaks against it");
        return Ok(());
    }
    if context.output.is_json() {
        context.output.result(&document, "");
    }
    Err(CliError::not_allowed(&answer.violations))
}

async fn comment(context: &Context, proposal: &str, text: String) -> Result<(), CliError> {
    let proposal = event_id(proposal)?;
    let speaker = Speaker::open(context).await?;
    let about = event_of(&speaker.client, &proposal).await?;
    let (type_number, version) = COMMENT;
    let body = Body::Custom(Custom { type_number, version, data: text.into() });
    let said = speaker.say_after(about.realm, body, Some((proposal, about.coordinate))).await?;
    context.output.result(&said.document, &said.text);
    Ok(())
}

async fn votes(client: &Client, proposal: &str) -> Result<Vec<VoteRecord>, CliError> {
    collect(0, async |page_size, page_token| {
        let request = ListVotesRequest { proposal: proposal.to_owned(), page_size, page_token };
        let page = client.government().list_votes(request).await.map_err(client.failed())?;
        let page = page.into_inner();
        Ok((page.votes, page.next_page_token))
    })
    .await
}

async fn comments(client: &Client, proposal: &str) -> Result<Vec<CommentRecord>, CliError> {
    collect(0, async |page_size, page_token| {
        let request = ListCommentsRequest { proposal: proposal.to_owned(), page_size, page_token };
        let page = client.government().list_comments(request).await.map_err(client.failed())?;
        let page = page.into_inner();
        Ok((page.comments, page.next_page_token))
    })
    .await
}

async fn minutes(context: &Context, proposal: &str) -> Result<(), CliError> {
    let client = context.connect().await?;
    let record = get(&client, proposal).await?;
    let votes = votes(&client, &record.id).await?;
    let comments = comments(&client, &record.id).await?;
    let mut document = view::document(&record);
    document["votes"] = votes.iter().map(view::vote_document).collect();
    document["discussion"] = comments.iter().map(view::comment_document).collect();
    let mut text = view::text(&record);
    if !record.closed_by.is_empty() {
        text.push_str(&format!("decided by entry {}\n", record.closed_by));
    }
    text.push_str(&format!("\ndiscussion ({})\n", comments.len()));
    text.push_str(&view::comments_text(&comments));
    text.push_str(&format!("\nvotes ({})\n", votes.len()));
    text.push_str(&view::votes_text(&votes));
    context.output.result(&document, &text);
    Ok(())
}
