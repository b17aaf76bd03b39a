//! Proofs about the log.

use erynoa_kernel::{Kind, Problem};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::log_service_server::LogService;
use tonic::{Request, Response, Status};

use super::Api;
use crate::cursor::{Cursor, page_size};
use crate::doors::problems::status;
use crate::ledger::{Models, SignedCheckpoint};
use crate::witnesses::Cosignatures;

/// With the lines of those who have cosigned it.
fn checkpoint(signed: &SignedCheckpoint, cosignatures: &Cosignatures) -> api::Checkpoint {
    let note = cosignatures.with_lines(signed);
    api::Checkpoint { size: signed.size, root: signed.root.to_vec(), note }
}

fn no_checkpoint() -> Problem {
    Problem::new(
        Kind::NotFound,
        "CHECKPOINT_UNKNOWN",
        "the log has no checkpoint that covers this yet; the first one follows the next epoch",
    )
}

fn out_of_range(field: &'static str, message: String) -> Problem {
    Problem::new(Kind::Invalid, "PROOF_RANGE", message).field(field)
}

/// The closed epoch at this index.
pub(crate) fn epoch(models: &Models, index: usize) -> Option<api::Epoch> {
    let closed = models.log.epochs().get(index)?;
    Some(api::Epoch {
        epoch: closed.epoch,
        closed_at_us: closed.closed_at_us,
        sequence: closed.sequence,
        events: closed.events,
        changed: models.changed_counts.get(index).copied().unwrap_or_default().into(),
        state_root: closed.state_root.to_vec(),
    })
}

/// The newest epochs before index `before`, newest first.
pub(crate) fn epochs(models: &Models, before: usize, limit: usize) -> Vec<api::Epoch> {
    let end = before.min(models.log.epochs().len());
    (0..end).rev().take(limit).filter_map(|index| epoch(models, index)).collect()
}

fn list(
    models: &Models,
    request: &api::ListEpochsRequest,
) -> Result<api::ListEpochsResponse, Problem> {
    let size = page_size(request.page_size)?;
    let cursor = Cursor::of(&[b"epochs"]);
    let before = cursor.decode(&request.page_token)?;
    let before = before.map_or(usize::MAX, |before| usize::try_from(before).unwrap_or(usize::MAX));
    let epochs = epochs(models, before, size);
    // Epoch n stands at index n - 1.
    let next_page_token = match epochs.last() {
        Some(last) if last.epoch > 1 => cursor.encode(last.epoch - 1),
        _ => String::new(),
    };
    let total = models.log.epochs().len() as u64;
    Ok(api::ListEpochsResponse { epochs, next_page_token, total })
}

fn inclusion(
    models: &Models,
    cosignatures: &Cosignatures,
    request: &api::GetInclusionProofRequest,
) -> Result<api::GetInclusionProofResponse, Problem> {
    let sequence = request.sequence;
    let (size, head) = if request.size == 0 {
        let head = models.checkpoint.as_ref().filter(|head| head.size > sequence);
        let head = head.ok_or_else(no_checkpoint)?;
        (head.size, Some(checkpoint(head, cosignatures)))
    } else {
        (request.size, None)
    };
    let tree = models.log.tree();
    if sequence >= size || size > tree.size() {
        let message = format!("needs sequence < size ≤ {}", tree.size());
        return Err(out_of_range("sequence", message));
    }
    let (Some(path), Some(root), Some(leaf_hash)) =
        (tree.inclusion(sequence, size), tree.root_at(size), tree.leaf(sequence))
    else {
        return Err(Problem::internal("the tree has no proof within its range"));
    };
    Ok(api::GetInclusionProofResponse {
        leaf_hash: leaf_hash.to_vec(),
        path: path.iter().map(|hash| hash.to_vec()).collect(),
        sequence,
        size,
        root: root.to_vec(),
        checkpoint: head,
    })
}

fn consistency(
    models: &Models,
    request: &api::GetConsistencyProofRequest,
) -> Result<api::GetConsistencyProofResponse, Problem> {
    let tree = models.log.tree();
    let (from, to) = (request.from_size, request.to_size);
    if from == 0 || from > to || to > tree.size() {
        let message = format!("needs 1 ≤ from_size ≤ to_size ≤ {}", tree.size());
        return Err(out_of_range("from_size", message));
    }
    let (Some(path), Some(from_root), Some(to_root)) =
        (tree.consistency(from, to), tree.root_at(from), tree.root_at(to))
    else {
        return Err(Problem::internal("the tree has no proof within its range"));
    };
    Ok(api::GetConsistencyProofResponse {
        path: path.iter().map(|hash| hash.to_vec()).collect(),
        from_root: from_root.to_vec(),
        to_root: to_root.to_vec(),
    })
}

#[tonic::async_trait]
impl LogService for Api {
    async fn get_checkpoint(
        &self,
        _: Request<api::GetCheckpointRequest>,
    ) -> Result<Response<api::GetCheckpointResponse>, Status> {
        let models = self.app.ledger.read();
        let head = models.checkpoint.as_ref().ok_or_else(no_checkpoint).map_err(status)?;
        Ok(Response::new(api::GetCheckpointResponse {
            checkpoint: Some(checkpoint(head, &self.app.cosignatures)),
            log_size: models.log.size(),
        }))
    }

    async fn list_epochs(
        &self,
        request: Request<api::ListEpochsRequest>,
    ) -> Result<Response<api::ListEpochsResponse>, Status> {
        list(&self.app.ledger.read(), request.get_ref()).map(Response::new).map_err(status)
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<api::GetInclusionProofRequest>,
    ) -> Result<Response<api::GetInclusionProofResponse>, Status> {
        inclusion(&self.app.ledger.read(), &self.app.cosignatures, request.get_ref())
            .map(Response::new)
            .map_err(status)
    }

    async fn get_consistency_proof(
        &self,
        request: Request<api::GetConsistencyProofRequest>,
    ) -> Result<Response<api::GetConsistencyProofResponse>, Status> {
        consistency(&self.app.ledger.read(), request.get_ref()).map(Response::new).map_err(status)
    }
}
