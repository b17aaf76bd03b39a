//! A running server, and people who use it.

use std::path::Path;
use std::time::Duration;

use erynoa_api_gateway::Server;
use erynoa_api_gateway::config::{Config, Loaded};
use erynoa_api_gateway::wiring::Providers;
use erynoa_events::{
    Attestation, Body, Dimension, Event, IdentityCreated, Polarity, SigningKey, VerifiedEvent,
    sign_event, sign_in_message,
};
use erynoa_kernel::{Coordinate, Did, EventId, IdentityId, Namespace, RealmId};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::audit_service_client::AuditServiceClient;
use erynoa_proto::api::v1::event_service_client::EventServiceClient;
use erynoa_proto::api::v1::identity_service_client::IdentityServiceClient;
use erynoa_proto::api::v1::session_service_client::SessionServiceClient;
use erynoa_proto::api::v1::user_service_client::UserServiceClient;
use erynoa_proto::protocol::v1 as protocol;
use prost::Message;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// A server that stops when its test ends.
pub(crate) struct Seat {
    pub(crate) url: String,
    pub(crate) channel: Channel,
    pub(crate) claim_token: Option<String>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// A configuration for tests: short epochs, and no rate limit in the way.
pub(crate) fn config(data_dir: &Path) -> Config {
    let mut config = Config::default();
    config.application.port = 0;
    config.application.data_dir = data_dir.to_owned();
    config.log.origin = "test.example/log".to_owned();
    config.log.epoch_max_seconds = 1;
    config.limits.requests_per_second = 100_000;
    config.limits.burst = 100_000;
    config
}

impl Seat {
    pub(crate) async fn take(config: Config) -> Self {
        Self::take_with(config, Providers::default()).await
    }

    pub(crate) async fn take_with(config: Config, providers: Providers) -> Self {
        let port = config.application.port;
        let loaded = Loaded { config, values: Vec::new() };
        let server = Server::start(loaded, providers).await.unwrap();
        let url = server.public_url().to_owned();
        let claim_token = server
            .claim_link()
            .and_then(|link| link.rsplit_once('#'))
            .map(|(_, token)| token.to_owned());
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let served = tokio::spawn(server.serve(async {
            let _ = stopped.await;
        }));
        // Several servers of one installation have one public address.
        let address = match port {
            0 => url.replace("localhost", "127.0.0.1"),
            port => format!("http://127.0.0.1:{port}"),
        };
        let channel = Channel::from_shared(address).unwrap().connect().await.unwrap();
        Self { url, channel, claim_token, stop: Some(stop), served }
    }

    /// At a server in another process, which goes its own ways.
    pub(crate) fn elsewhere(url: &str, claim_token: Option<String>) -> Self {
        let channel = Channel::from_shared(url.to_owned()).unwrap().connect_lazy();
        let served = tokio::spawn(async { Ok(()) });
        Self { url: url.to_owned(), channel, claim_token, stop: None, served }
    }

    /// Stops the server as Ctrl-C does, and waits for its end.
    pub(crate) async fn leave(mut self) {
        let _ = self.stop.take().unwrap().send(());
        drop(self.channel);
        self.served.await.unwrap().unwrap();
    }

    pub(crate) fn events(&self) -> EventServiceClient<Channel> {
        EventServiceClient::new(self.channel.clone())
    }

    pub(crate) fn sessions(&self) -> SessionServiceClient<Channel> {
        SessionServiceClient::new(self.channel.clone())
    }

    pub(crate) fn users(&self) -> UserServiceClient<Channel> {
        UserServiceClient::new(self.channel.clone())
    }

    pub(crate) fn audit(&self) -> AuditServiceClient<Channel> {
        AuditServiceClient::new(self.channel.clone())
    }

    /// The account of an access token.
    pub(crate) async fn user(&self, token: &str) -> api::User {
        let request = with(token, api::GetCurrentUserRequest {});
        self.users().get_current_user(request).await.unwrap().into_inner().user.unwrap()
    }

    /// Somebody new with an access token.
    pub(crate) async fn newcomer(&self, seed: u8, name: &str) -> (Person, String) {
        let mut person = Person::new(seed);
        self.submit(&person.is_born(name)).await.unwrap();
        let token = person.signs_in(self).await.unwrap().access_token;
        (person, token)
    }

    pub(crate) async fn submit(&self, event: &VerifiedEvent) -> Result<api::SubmitReceipt, Status> {
        self.submit_invited(event, "").await
    }

    pub(crate) async fn submit_invited(
        &self,
        event: &VerifiedEvent,
        invitation: &str,
    ) -> Result<api::SubmitReceipt, Status> {
        let request =
            api::SubmitRequest { event: Some(signed(event)), invitation: invitation.to_owned() };
        let answer = self.events().submit(request).await?;
        Ok(answer.into_inner().receipt.unwrap())
    }

    /// Waits until the trust fold has closed an epoch that covers `sequence`.
    pub(crate) async fn epoch_over(&self, sequence: u64) {
        let mut events = self.events();
        for _ in 0..200 {
            let request = api::ListRequest {
                filter: Some(api::EventFilter {
                    kinds: vec![api::EventKind::EpochClosed.into()],
                    ..Default::default()
                }),
                page_size: 1,
                ..Default::default()
            };
            let page = events.list(request).await.unwrap().into_inner();
            if page.events.first().is_some_and(|closed| closed.sequence > sequence) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("no epoch has closed after entry {sequence}");
    }
}

pub(crate) fn signed(event: &VerifiedEvent) -> protocol::SignedEvent {
    protocol::SignedEvent::decode(event.entry().clone()).unwrap()
}

/// Somebody with a key.
pub(crate) struct Person {
    pub(crate) key: SigningKey,
    pub(crate) id: IdentityId,
    head: Option<(EventId, Coordinate)>,
    /// Their clock stands still at this time.
    now_us: Option<u64>,
}

impl Person {
    pub(crate) fn new(seed: u8) -> Self {
        let key = SigningKey::from_seed([seed; 32]);
        let id = IdentityId::of(Namespace::SelfHood, &key.public_key());
        Self { key, id, head: None, now_us: None }
    }

    pub(crate) fn did(&self) -> String {
        Did { namespace: Namespace::SelfHood, identity: self.id }.to_string()
    }

    /// The next event of this person's key, as if it had been accepted.
    pub(crate) fn says(&mut self, realm: RealmId, body: Body) -> VerifiedEvent {
        let event = self.would_say(realm, body);
        let signed = sign_event(&event, &self.key).unwrap();
        self.head = Some((signed.id(), event.coordinate));
        signed
    }

    /// Stops their clock, for logs that live by the time of their events.
    pub(crate) fn starts_at(&mut self, at_us: u64) {
        self.now_us = Some(at_us);
    }

    /// As [`Self::says`], at a time of one's own choice.
    pub(crate) fn says_at(&mut self, at_us: u64, realm: RealmId, body: Body) -> VerifiedEvent {
        let mut event = self.would_say(realm, body);
        event.coordinate = Coordinate::next(at_us, self.head.map(|(_, at)| at));
        let signed = sign_event(&event, &self.key).unwrap();
        self.head = Some((signed.id(), event.coordinate));
        signed
    }

    /// Forgets what the last [`Self::says`] said: the server has refused it.
    pub(crate) fn unsays(&mut self, head: Option<(EventId, Coordinate)>) {
        self.head = head;
    }

    pub(crate) const fn head(&self) -> Option<(EventId, Coordinate)> {
        self.head
    }

    pub(crate) fn would_say(&self, realm: RealmId, body: Body) -> Event {
        let now_us = std::time::UNIX_EPOCH.elapsed().unwrap().as_micros();
        let now_us = self.now_us.unwrap_or_else(|| u64::try_from(now_us).unwrap());
        Event {
            author: self.id,
            realm,
            coordinate: Coordinate::next(now_us, self.head.map(|(_, at)| at)),
            prev: self.head.map(|(id, _)| id),
            parents: Vec::new(),
            body,
        }
    }

    pub(crate) fn is_born(&mut self, name: &str) -> VerifiedEvent {
        let created = IdentityCreated {
            namespace: Namespace::SelfHood,
            display_name: name.to_owned(),
            key_label: "test".to_owned(),
            recovery_key: None,
            recovery_delay_s: erynoa_events::RECOVERY_DELAY_S.1,
            controller: None,
        };
        self.says(RealmId::NULL, Body::IdentityCreated(created))
    }

    pub(crate) fn attests(&mut self, realm: RealmId, subject: IdentityId) -> VerifiedEvent {
        let attestation = Attestation {
            subject,
            dimension: Dimension::Reliability,
            polarity: Polarity::Positive,
            domain: String::new(),
            comment: "kept every promise".to_owned(),
            expires_at_us: None,
        };
        self.says(realm, Body::Attestation(attestation))
    }

    pub(crate) async fn signs_in(&self, seat: &Seat) -> Result<api::Tokens, Status> {
        let given = self.challenge(seat).await?;
        Ok(seat.sessions().sign_in(self.answers(&given)).await?.into_inner().tokens.unwrap())
    }

    pub(crate) async fn challenge(
        &self,
        seat: &Seat,
    ) -> Result<api::CreateChallengeResponse, Status> {
        let request = api::CreateChallengeRequest { identity: self.did() };
        Ok(seat.sessions().create_challenge(request).await?.into_inner())
    }

    /// A right answer to a challenge.
    pub(crate) fn answers(&self, given: &api::CreateChallengeResponse) -> api::SignInRequest {
        let challenge = given.challenge.as_slice().try_into().unwrap();
        let message = sign_in_message(&challenge, &self.id, &given.origin);
        api::SignInRequest {
            identity: self.did(),
            challenge: given.challenge.clone(),
            public_key: self.key.public_key().as_bytes().to_vec(),
            signature: self.key.sign(&message).as_bytes().to_vec(),
        }
    }
}

/// A request with an access token.
pub(crate) fn with<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

/// Creates the operator, and gives the operator's access token and the root realm.
pub(crate) async fn operator(seat: &Seat, person: &mut Person) -> (String, RealmId) {
    seat.submit(&person.is_born("Olga Operator")).await.unwrap();
    let tokens = person.signs_in(seat).await.unwrap();
    let claim = api::ClaimInstallationRequest {
        claim_token: seat.claim_token.clone().unwrap(),
        realm_name: "Test".to_owned(),
    };
    let claimed = seat.sessions().claim_installation(with(&tokens.access_token, claim)).await;
    let tokens = claimed.unwrap().into_inner().tokens.unwrap();
    let info =
        erynoa_proto::api::v1::info_service_client::InfoServiceClient::new(seat.channel.clone())
            .get_info(api::GetInfoRequest {})
            .await
            .unwrap()
            .into_inner();
    (tokens.access_token, info.log.unwrap().root_realm.parse().unwrap())
}

/// The stable code in a status.
pub(crate) fn code_of(status: &Status) -> String {
    use tonic_types::StatusExt;
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

pub(crate) fn identities(seat: &Seat) -> IdentityServiceClient<Channel> {
    IdentityServiceClient::new(seat.channel.clone())
}
