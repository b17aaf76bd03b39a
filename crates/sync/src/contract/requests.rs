//! Laws of questions and answers.

use std::sync::Arc;

use bytes::Bytes;
use erynoa_kernel::PublicKey;

use crate::contract::Party;
use crate::{
    MAX_REQUEST_BYTES, MAX_REQUESTS_PER_NODE, MAX_RESPONSE_BYTES, NetworkError, NetworkEvent,
    NodeId, Protocol, Standing, Ticket,
};

const HERE: Bytes = Bytes::from_static(b"here");
const THERE: Bytes = Bytes::from_static(b"there?");

/// Asks, and has the other answer.
async fn ask(a: &Party, b: &Party, question: Bytes, answer: Bytes) -> Result<Bytes, NetworkError> {
    let asks = a.network.request(b.node, Protocol::Log, question.clone());
    let answers = async {
        let (from, asked, ticket) = b.asked().await;
        assert_eq!((from, asked), (a.node, question));
        b.network.respond(ticket, answer).await;
    };
    tokio::join!(asks, answers).0
}

/// Law.
pub async fn a_request_gets_its_own_answer([a, b, _]: [Party; 3]) {
    const QUESTIONS: u8 = 8;
    a.connect(&b).await;
    let askers: Vec<_> = (0..QUESTIONS)
        .map(|number| {
            let (network, node) = (Arc::clone(&a.network), b.node);
            let protocol = if number % 2 == 0 { Protocol::Log } else { Protocol::Events };
            tokio::spawn(
                async move { network.request(node, protocol, Bytes::from(vec![number])).await },
            )
        })
        .collect();
    let mut asked = Vec::new();
    while asked.len() < usize::from(QUESTIONS) {
        if let NetworkEvent::Request { from, protocol, bytes, ticket } = b.next().await {
            assert_eq!(from, a.node);
            let number = bytes[0];
            assert_eq!(protocol == Protocol::Log, number % 2 == 0, "{number} on {protocol:?}");
            asked.push((number, ticket));
        }
    }
    for (number, ticket) in asked.into_iter().rev() {
        b.network.respond(ticket, Bytes::from(vec![number, number])).await;
        // Only the first answer counts.
        b.network.respond(ticket, HERE).await;
    }
    for (number, asker) in (0..QUESTIONS).zip(askers) {
        let answer = asker.await.expect("the asker does not panic");
        assert_eq!(answer, Ok(Bytes::from(vec![number, number])));
    }
    assert_eq!(ask(&a, &b, Bytes::new(), Bytes::new()).await, Ok(Bytes::new()), "of nothing");
}

/// Law.
pub async fn who_was_dialled_may_ask([a, b, _]: [Party; 3]) {
    a.connect(&b).await;
    assert_eq!(ask(&b, &a, THERE, HERE).await, Ok(HERE));
}

/// Law.
pub async fn questions_and_answers_of_the_greatest_size_pass_and_larger_ones_do_not(
    [a, b, _]: [Party; 3],
) {
    a.connect(&b).await;
    let question = Bytes::from(vec![1; MAX_REQUEST_BYTES + 1]);
    let answer = Bytes::from(vec![2; MAX_RESPONSE_BYTES + 1]);
    let too_large = a.network.request(b.node, Protocol::Log, question.clone()).await;
    assert_eq!(too_large, Err(NetworkError::TooLarge));
    let (question, greatest) = (question.slice(1..), answer.slice(1..));
    assert_eq!(ask(&a, &b, question.clone(), greatest.clone()).await, Ok(greatest));
    assert_eq!(ask(&a, &b, question, answer).await, Err(NetworkError::TooLarge));
    assert_eq!(ask(&a, &b, THERE, HERE).await, Ok(HERE), "the connection still serves");
}

/// Law.
pub async fn nobody_answers_for_a_node_that_is_not_there([a, b, _]: [Party; 3]) {
    let nobody = NodeId(PublicKey::from_bytes([7; 32]));
    for node in [nobody, b.node] {
        let answer = a.network.request(node, Protocol::Log, THERE).await;
        assert_eq!(answer, Err(NetworkError::Unreachable));
    }
    a.connect(&b).await;
    let asks = a.network.request(b.node, Protocol::Log, THERE);
    let leaves = async {
        b.asked().await;
        b.network.peers().set_standing(a.node, Standing::Blocked).await;
    };
    assert_eq!(tokio::join!(asks, leaves).0, Err(NetworkError::Unreachable), "it has gone");
}

/// Law.
pub async fn a_request_that_is_never_answered_times_out([a, b, _]: [Party; 3]) {
    a.connect(&b).await;
    let asks = a.network.request(b.node, Protocol::Log, THERE);
    let (answer, (_, _, ticket)) = tokio::join!(asks, b.asked());
    assert_eq!(answer, Err(NetworkError::TimedOut));
    b.network.respond(ticket, HERE).await;
    assert_eq!(ask(&a, &b, THERE, HERE).await, Ok(HERE), "the connection still serves");
}

/// Law.
pub async fn a_ticket_whose_asker_has_gone_is_forgotten([a, b, _]: [Party; 3]) {
    a.connect(&b).await;
    for _ in 0..2 * MAX_REQUESTS_PER_NODE {
        let asks = a.network.request(b.node, Protocol::Log, THERE);
        let ticket = tokio::select! {
            answer = asks => panic!("answered by nobody: {answer:?}"),
            (_, _, ticket) = b.asked() => ticket,
        };
        b.network.respond(ticket, HERE).await;
    }
    b.network.respond(Ticket(u64::MAX), HERE).await;
    let asks = a.network.request(b.node, Protocol::Log, THERE);
    let gone = async {
        let (_, _, ticket) = b.asked().await;
        b.network.peers().set_standing(a.node, Standing::Blocked).await;
        b.until_connected(&a, false).await;
        b.network.respond(ticket, HERE).await;
        b.network.peers().set_standing(a.node, Standing::Full).await;
    };
    assert_eq!(tokio::join!(asks, gone).0, Err(NetworkError::Unreachable));
    a.connect(&b).await;
    assert_eq!(ask(&a, &b, THERE, HERE).await, Ok(HERE));
}

/// Law.
pub async fn only_so_many_requests_to_a_node_are_under_way([a, b, _]: [Party; 3]) {
    a.connect(&b).await;
    let askers: Vec<_> = (0..MAX_REQUESTS_PER_NODE)
        .map(|_| {
            let (network, node) = (Arc::clone(&a.network), b.node);
            tokio::spawn(async move { network.request(node, Protocol::Log, THERE).await })
        })
        .collect();
    let mut tickets = Vec::new();
    for _ in &askers {
        tickets.push(b.asked().await.2);
    }
    for protocol in [Protocol::Log, Protocol::Events] {
        let answer = a.network.request(b.node, protocol, THERE).await;
        assert_eq!(answer, Err(NetworkError::Busy));
    }
    for ticket in tickets {
        b.network.respond(ticket, HERE).await;
    }
    for asker in askers {
        assert_eq!(asker.await.expect("the asker does not panic"), Ok(HERE));
    }
    assert_eq!(ask(&a, &b, THERE, HERE).await, Ok(HERE), "there is room again");
}
