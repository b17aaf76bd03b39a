//! Laws of what is said on topics.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;

use crate::contract::Party;
use crate::contract::party::until;
use crate::{
    Judgement, MAX_GOSSIP_BYTES, MAX_QUEUED_EVENTS, NetworkError, NetworkEvent, Protocol, Standing,
};

const NEWS: &str = "/erynoa/log/news/checkpoints/v1";
const SPORT: &str = "/erynoa/log/sport/checkpoints/v1";

/// Law.
pub async fn a_message_reaches_all_who_follow_its_topic_and_nobody_else([a, b, c]: [Party; 3]) {
    a.connect(&b).await;
    a.connect(&c).await;
    b.follow(NEWS).await;
    c.follow(NEWS).await;
    c.follow(SPORT).await;
    a.say_until_heard(NEWS, &[&b, &c]).await;
    a.say_until_heard(SPORT, &[&c]).await;
    b.drain().await;
    c.drain().await;

    a.say(NEWS, Bytes::from_static(b"rain")).await;
    a.say(SPORT, Bytes::from_static(b"two to one")).await;
    let mut heard = c.heard().await;
    heard.sort();
    let news = (NEWS.to_owned(), Bytes::from_static(b"rain"));
    assert_eq!(heard, [news.clone(), (SPORT.to_owned(), Bytes::from_static(b"two to one"))]);
    assert_eq!(b.heard().await, [news]);
    assert_eq!(a.heard().await, [], "who says something does not hear it");
}

/// Law.
pub async fn who_no_longer_follows_hears_nothing([a, b, _]: [Party; 3]) {
    a.connect(&b).await;
    b.follow(NEWS).await;
    b.follow(SPORT).await;
    a.say_until_heard(NEWS, &[&b]).await;
    b.drain().await;
    b.network.subscribe(NEWS, false).await.expect("unsubscribe");
    b.drain().await;

    a.say(NEWS, Bytes::from_static(b"snow")).await;
    a.say_until_heard(SPORT, &[&b]).await;
    let heard = b.heard().await;
    assert!(heard.iter().all(|(topic, _)| topic == SPORT), "{heard:?}");
}

/// Law.
pub async fn what_is_said_twice_is_heard_once([a, b, _]: [Party; 3]) {
    a.connect(&b).await;
    b.follow(NEWS).await;
    b.follow(SPORT).await;
    a.say_until_heard(NEWS, &[&b]).await;
    a.say_until_heard(SPORT, &[&b]).await;
    b.drain().await;
    for _ in 0..3 {
        for topic in [NEWS, SPORT] {
            a.say(topic, Bytes::from_static(b"rain")).await;
        }
    }
    let mut heard: Vec<_> = b.heard().await.into_iter().map(|(topic, _)| topic).collect();
    heard.sort();
    // The same bytes on another topic are another message, else somebody could
    // silence a message by saying it on the wrong topic first.
    assert_eq!(heard, [NEWS, SPORT]);
}

/// Law.
pub async fn a_message_is_handed_on_when_it_is_accepted_and_not_when_it_is_rejected(
    [a, b, c]: [Party; 3],
) {
    a.network.peers().set_standing(c.node, Standing::Blocked).await;
    c.network.peers().set_standing(a.node, Standing::Blocked).await;
    a.connect(&b).await;
    b.connect(&c).await;
    b.follow(NEWS).await;
    c.follow(NEWS).await;
    a.say_until_heard(NEWS, &[&b]).await;
    b.say_until_heard(NEWS, &[&c]).await;
    b.drain().await;
    c.drain().await;

    let judged = [
        (&b"accepted"[..], Judgement::Accept),
        (b"rejected", Judgement::Reject),
        (b"ignored", Judgement::Ignore),
        (b"accepted too", Judgement::Accept),
    ];
    for (said, judgement) in judged {
        a.say(NEWS, Bytes::from_static(said)).await;
        loop {
            let NetworkEvent::Gossip { from, bytes, ticket, .. } = b.next().await else { continue };
            assert_eq!((from, &bytes[..]), (a.node, said));
            b.network.judge(ticket, judgement).await;
            // A second word on it changes nothing.
            b.network.judge(ticket, Judgement::Accept).await;
            break;
        }
    }
    let mut heard = Vec::new();
    for event in c.drain().await {
        if let NetworkEvent::Gossip { from, bytes, .. } = event {
            assert_eq!(from, b.node, "who has handed it on");
            heard.push(bytes);
        }
    }
    heard.sort();
    assert_eq!(heard, [&b"accepted"[..], b"accepted too"]);
}

/// Law.
pub async fn a_message_of_the_greatest_size_passes_and_a_larger_one_is_refused(
    [a, b, _]: [Party; 3],
) {
    a.connect(&b).await;
    b.follow(NEWS).await;
    a.say_until_heard(NEWS, &[&b]).await;
    b.drain().await;
    let too_large = Bytes::from(vec![7; MAX_GOSSIP_BYTES + 1]);
    let refused = a.network.publish(NEWS, too_large).await;
    assert_eq!(refused, Err(NetworkError::TooLarge));
    // Also several in a row.
    let greatest = [1, 2, 3, 4, 5, 6, 7, 8].map(|byte| Bytes::from(vec![byte; MAX_GOSSIP_BYTES]));
    for message in &greatest {
        a.say(NEWS, message.clone()).await;
    }
    let mut heard: Vec<_> = b.heard().await.into_iter().map(|(_, bytes)| bytes).collect();
    heard.sort();
    assert!(heard == greatest, "{} of {} were heard", heard.len(), greatest.len());
}

/// Law.
pub async fn a_flood_of_gossip_is_dropped_and_requests_are_served([a, b, _]: [Party; 3]) {
    a.connect(&b).await;
    b.follow(NEWS).await;
    a.say_until_heard(NEWS, &[&b]).await;
    b.drain().await;
    for number in 0..MAX_QUEUED_EVENTS + 500 {
        a.say(NEWS, Bytes::from(format!("flood {number}"))).await;
    }
    until("the flood has arrived", async || {
        let before = b.peer(&a).await.expect("known").bytes_in;
        sleep(Duration::from_millis(300)).await;
        (before == b.peer(&a).await.expect("known").bytes_in).then_some(())
    })
    .await;
    let question = a.network.request(b.node, Protocol::Events, Bytes::from_static(b"there?"));
    let answer = async {
        // The question stands behind the flood before anything is taken.
        sleep(Duration::from_millis(300)).await;
        let mut waited = 0;
        loop {
            match b.next().await {
                NetworkEvent::Request { ticket, .. } => {
                    b.network.respond(ticket, Bytes::from_static(b"here")).await;
                    break waited;
                }
                _ => waited += 1,
            }
        }
    };
    let (answered, waited) = tokio::join!(question, answer);
    assert_eq!(answered, Ok(Bytes::from_static(b"here")));
    assert!(waited < MAX_QUEUED_EVENTS, "{waited} events have waited");
    assert!(waited > MAX_QUEUED_EVENTS / 2, "{waited} events are no flood");
}
