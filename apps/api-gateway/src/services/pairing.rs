//! Bringing devices together.

use erynoa_kernel::Signature;
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::pairing_service_server::PairingService;
use tonic::{Request, Response, Status};

use super::Api;
use crate::app::{App, invalid, principal, public_key};
use crate::doors::problems::status;
use crate::pairing::Pairing;

fn encode(app: &App, pairing: Pairing) -> Option<api::Pairing> {
    let models = app.ledger.read();
    let identity = pairing.identity.as_ref();
    Some(api::Pairing {
        code: pairing.code,
        public_key: pairing.public_key.as_bytes().to_vec(),
        label: pairing.label,
        identity: identity.map(|id| models.directory.did_text(id)).unwrap_or_default(),
        identity_name: identity
            .map(|id| models.directory.name_of(id).to_owned())
            .unwrap_or_default(),
        countersignature: pairing
            .countersignature
            .map(|signature| signature.as_bytes().to_vec())
            .unwrap_or_default(),
        expires_at_us: pairing.expires_at_us,
    })
}

#[tonic::async_trait]
impl PairingService for Api {
    async fn create_pairing(
        &self,
        request: Request<api::CreatePairingRequest>,
    ) -> Result<Response<api::CreatePairingResponse>, Status> {
        let request = request.into_inner();
        let key = public_key(&request.public_key, "public_key").map_err(status)?;
        let pairing = self.app.pairings.create(key, request.label).await.map_err(status)?;
        let pairing = encode(&self.app, pairing);
        Ok(Response::new(api::CreatePairingResponse { pairing }))
    }

    async fn get_pairing(
        &self,
        request: Request<api::GetPairingRequest>,
    ) -> Result<Response<api::GetPairingResponse>, Status> {
        let pairing = self.app.pairings.get(&request.get_ref().code).await.map_err(status)?;
        Ok(Response::new(api::GetPairingResponse { pairing: encode(&self.app, pairing) }))
    }

    async fn claim_pairing(
        &self,
        request: Request<api::ClaimPairingRequest>,
    ) -> Result<Response<api::ClaimPairingResponse>, Status> {
        let caller = principal(&request).map_err(status)?;
        let code = &request.get_ref().code;
        let identity = caller.identity().map_err(|error| status(error.into()))?;
        let pairing = self.app.pairings.claim(code, identity).await.map_err(status)?;
        Ok(Response::new(api::ClaimPairingResponse { pairing: encode(&self.app, pairing) }))
    }

    async fn answer_pairing(
        &self,
        request: Request<api::AnswerPairingRequest>,
    ) -> Result<Response<api::AnswerPairingResponse>, Status> {
        let request = request.into_inner();
        let signature = Signature::try_from(request.countersignature.as_slice())
            .map_err(|_| invalid("countersignature", "a signature is 64 bytes".to_owned()))
            .map_err(status)?;
        let pairing = self.app.pairings.answer(&request.code, signature).await.map_err(status)?;
        Ok(Response::new(api::AnswerPairingResponse { pairing: encode(&self.app, pairing) }))
    }
}
