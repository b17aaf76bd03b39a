//! What operators see and do.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_ban_a_peer_for_a_while_and_it_is_written_down() {
    let (at_home, far) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let home = Seat::take(node(at_home.path())).await;
    let mut olga = Person::new(1);
    let (token, _) = operator(&home, &mut olga).await;
    let known = status(&home, &token).await;
    let copy = Seat::take(follower(far.path(), &known.verifier_key, &address(&known))).await;
    let list = |state: api::PeerState| {
        let request = api::ListPeersRequest { state: state.into(), ..Default::default() };
        let (mut client, request) = (peers(&home), with(&token, request));
        async move { client.list_peers(request).await.unwrap().into_inner().peers }
    };
    let connected =
        until("the copy is there", || list(api::PeerState::Connected), |peers| peers.len() == 1)
            .await;
    let peer_id = connected[0].peer_id.clone();
    assert_eq!(connected[0].standing(), api::PeerStanding::ReceiveOnly, "the log knows no such");

    let ban = |peer_id: &str, duration_s: u32, reason: &str| {
        let request = api::BanPeerRequest {
            peer_id: peer_id.to_owned(),
            duration_s,
            reason: reason.to_owned(),
        };
        let (mut client, request) = (peers(&home), with(&token, request));
        async move { client.ban_peer(request).await.map(tonic::Response::into_inner) }
    };
    for (peer, duration_s, reason, code) in [
        ("nobody", 60, "", "PEER_UNKNOWN"),
        (known.peer_id.as_str(), 60, "", "VALIDATION_ERROR"),
        (peer_id.as_str(), 59, "", "VALIDATION_ERROR"),
        (peer_id.as_str(), 31_536_001, "", "VALIDATION_ERROR"),
        (peer_id.as_str(), 60, &"x".repeat(201), "VALIDATION_ERROR"),
    ] {
        let refused = ban(peer, duration_s, reason).await.unwrap_err();
        assert_eq!(code_of(&refused), code, "{peer} {duration_s} {reason}");
    }
    let banned = ban(&peer_id, 31_536_000, &"x".repeat(200)).await.unwrap().peer.unwrap();
    assert!(banned.banned && banned.banned_until_us > 0);
    until("the connection ends", || list(api::PeerState::Connected), Vec::is_empty).await;
    assert_eq!(list(api::PeerState::Banned).await.len(), 1);
    copy.leave().await;
    home.leave().await;

    // It outlives the server.
    let mut config = node(at_home.path());
    config.p2p.listen_addresses = Vec::new();
    let home = Seat::take(config).await;
    let token = olga.signs_in(&home).await.unwrap().access_token;
    let request =
        api::ListPeersRequest { state: api::PeerState::Banned.into(), ..Default::default() };
    let listed = peers(&home).list_peers(with(&token, request)).await.unwrap().into_inner();
    assert_eq!(listed.peers[0].ban_reason, "x".repeat(200));
    let request = || with(&token, api::UnbanPeerRequest { peer_id: peer_id.clone() });
    let pardoned = peers(&home).unban_peer(request()).await.unwrap().into_inner().peer;
    assert!(pardoned.is_none_or(|peer| !peer.banned));
    let refused = peers(&home).unban_peer(request()).await.unwrap_err();
    assert_eq!(code_of(&refused), "PEER_UNKNOWN");
    let request = with(&token, api::ListAuditEntriesRequest::default());
    let entries = home.audit().list_audit_entries(request).await.unwrap().into_inner().entries;
    let actions: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert!(actions.contains(&"peer.ban") && actions.contains(&"peer.unban"), "{actions:?}");
    home.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_have_an_address_dialled_and_are_told_precisely_why_not() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let home = Seat::take(node(one.path())).await;
    let (token, _) = operator(&home, &mut Person::new(1)).await;
    let other = Seat::take(node(two.path())).await;
    let (token_of_other, _) = operator(&other, &mut Person::new(2)).await;
    let known = status(&other, &token_of_other).await;
    let connect = |address: String| {
        let request = with(&token, api::ConnectPeerRequest { address });
        let mut client = peers(&home);
        async move { client.connect_peer(request).await }
    };
    let nobody = format!("/ip4/127.0.0.1/tcp/1/p2p/{}", known.peer_id);
    for (address, code) in [
        (String::new(), "PEER_ADDRESS_INVALID"),
        ("/ip4/127.0.0.1/tcp/4001".to_owned(), "PEER_ADDRESS_INVALID"),
        (nobody, "PEER_UNREACHABLE"),
    ] {
        let refused = connect(address.clone()).await.unwrap_err();
        assert_eq!(code_of(&refused), code, "{address}");
    }
    connect(address(&known)).await.unwrap();
    let request = with(&token, api::ListPeersRequest::default());
    let listed = peers(&home).list_peers(request).await.unwrap().into_inner();
    assert!(listed.peers.iter().any(|peer| peer.connected && peer.peer_id == known.peer_id));
    other.leave().await;
    home.leave().await;
}

#[tokio::test]
async fn without_the_network_there_are_witnesses_but_no_peers() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (token, _) = operator(&seat, &mut Person::new(1)).await;
    let node = status(&seat, &token).await;
    assert!(!node.enabled && node.peer_id.is_empty());
    assert_eq!(node.role(), api::NodeRole::Home);
    let rule = witnessed(&seat).await;
    assert_eq!((rule.witnesses.len(), rule.total_weight), (1, 1));
    let request = with(&token, api::ListPeersRequest::default());
    let refused = peers(&seat).list_peers(request).await.unwrap_err();
    assert_eq!(code_of(&refused), "PEERS_OFF");
    let request = with(&token, api::ConnectPeerRequest { address: "/x".to_owned() });
    let refused = peers(&seat).connect_peer(request).await.unwrap_err();
    assert_eq!(code_of(&refused), "PEERS_OFF");
    seat.leave().await;
}
