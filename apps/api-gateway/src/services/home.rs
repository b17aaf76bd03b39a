//! Moving the log to another home.

use erynoa_events::{KeyAdded, KeyPurpose};
use erynoa_kernel::{Kind, Problem, Signature};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::home_service_server::HomeService;
use serde_json::json;
use tonic::{Request, Response, Status};

use super::Api;
use crate::app::{App, Caller, caller, invalid, public_key};
use crate::doors::problems::status;
use crate::ledger::LOG_KEY_LABEL;

fn offer(app: &App) -> Result<api::OfferHomeResponse, Problem> {
    let offer = app.ledger.offer().ok_or_else(|| {
        Problem::new(
            Kind::FailedPrecondition,
            "HAND_OVER_INVALID",
            "the log is written here already; make the offer at the node that is to be its home",
        )
    })?;
    Ok(api::OfferHomeResponse {
        offer: Some(api::HomeOffer {
            origin: app.ledger.origin().to_owned(),
            public_key: offer.public_key.as_bytes().to_vec(),
            countersignature: offer.countersignature.as_bytes().to_vec(),
        }),
        log_size: app.ledger.read().log.size(),
    })
}

fn decode(app: &App, offer: Option<api::HomeOffer>) -> Result<KeyAdded, Problem> {
    let offer = offer.ok_or_else(|| invalid("offer", "the next home's offer".to_owned()))?;
    if offer.origin != app.ledger.origin() {
        let message = format!("the offer is one for the log {}", offer.origin);
        return Err(Problem::new(Kind::Invalid, "HAND_OVER_INVALID", message).field("offer.origin"));
    }
    let countersignature = Signature::try_from(offer.countersignature.as_slice())
        .map_err(|_| invalid("offer.countersignature", "a signature is 64 bytes".to_owned()))?;
    Ok(KeyAdded {
        public_key: public_key(&offer.public_key, "offer.public_key")?,
        purposes: vec![KeyPurpose::Assertion],
        label: LOG_KEY_LABEL.to_owned(),
        countersignature,
    })
}

async fn hand_over(
    app: &App,
    caller: &Caller,
    request: api::HandOverRequest,
) -> Result<api::HandOverResponse, Problem> {
    app.ledger.must_be_home()?;
    let next = decode(app, request.offer)?;
    let details = json!({ "next_key": next.public_key.to_string() });
    // Written down first: a home that has given the log away stays accountable
    // for having done so, also when it stops in between.
    app.audit(caller, "log.hand_over", app.ledger.origin().to_owned(), details).await?;
    let size = app.ledger.hand_over(next).await?;
    Ok(api::HandOverResponse { size })
}

#[tonic::async_trait]
impl HomeService for Api {
    async fn offer_home(
        &self,
        _: Request<api::OfferHomeRequest>,
    ) -> Result<Response<api::OfferHomeResponse>, Status> {
        offer(&self.app).map(Response::new).map_err(status)
    }

    async fn hand_over(
        &self,
        request: Request<api::HandOverRequest>,
    ) -> Result<Response<api::HandOverResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let answer = hand_over(&self.app, &caller, request.into_inner()).await;
        answer.map(Response::new).map_err(status)
    }
}
