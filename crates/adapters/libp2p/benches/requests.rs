//! A question and its answer between two nodes on the loopback interface.

use std::sync::Arc;

use bytes::Bytes;
use divan::counter::BytesCount;
use erynoa_libp2p::{Libp2pConfig, Libp2pNetwork};
use erynoa_sync::{Network, NetworkEvent, NodeId, Protocol};
use tokio::runtime::Runtime;

const ONE_MIB: usize = 1_048_576;

fn main() {
    divan::main();
}

/// Two nodes that are connected; the second answers every question with as many
/// bytes as the question names.
struct Pair {
    runtime: Runtime,
    asker: Arc<Libp2pNetwork>,
    answerer: NodeId,
}

impl Pair {
    fn new(listen: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let config = Libp2pConfig { listen: vec![listen.to_owned()], ..Libp2pConfig::default() };
        let (asker, answerer) = runtime.block_on(async {
            let asker = Libp2pNetwork::start(&config, [1; 32]).expect("start");
            let answerer = Arc::new(Libp2pNetwork::start(&config, [2; 32]).expect("start"));
            let address = loop {
                if let Some(address) = answerer.peers().status().await.addresses.pop() {
                    break address;
                }
                tokio::task::yield_now().await;
            };
            let node = asker.peers().dial(&address, false).await.expect("dial");
            tokio::spawn(async move {
                let body = Bytes::from(vec![7; ONE_MIB]);
                while let Some(event) = answerer.next().await {
                    if let NetworkEvent::Request { bytes, ticket, .. } = event {
                        let length: [u8; 8] = bytes[..].try_into().expect("eight bytes");
                        let length = usize::from_be_bytes(length);
                        answerer.respond(ticket, body.slice(..length)).await;
                    }
                }
            });
            (asker, node)
        });
        Self { runtime, asker: Arc::new(asker), answerer }
    }

    /// Asks as often as `width` says at once.
    fn ask(&self, length: usize, width: usize) {
        self.runtime.block_on(async {
            let askers: Vec<_> = (0..width)
                .map(|_| {
                    let (asker, node) = (Arc::clone(&self.asker), self.answerer);
                    let question = Bytes::copy_from_slice(&length.to_be_bytes());
                    tokio::spawn(async move { asker.request(node, Protocol::Log, question).await })
                })
                .collect();
            for asker in askers {
                let answer = asker.await.expect("no panic").expect("an answer");
                assert_eq!(answer.len(), length);
            }
        });
    }
}

const LISTEN: [&str; 2] = ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"];

#[divan::bench(args = LISTEN, sample_count = 200)]
fn round_trip_of_100_bytes(bencher: divan::Bencher<'_, '_>, listen: &str) {
    let pair = Pair::new(listen);
    bencher.bench_local(|| pair.ask(100, 1));
}

#[divan::bench(args = LISTEN, sample_count = 50)]
fn answer_of_1_mib(bencher: divan::Bencher<'_, '_>, listen: &str) {
    let pair = Pair::new(listen);
    bencher.counter(BytesCount::new(ONE_MIB)).bench_local(|| pair.ask(ONE_MIB, 1));
}

#[divan::bench(args = LISTEN, sample_count = 20)]
fn eight_answers_of_1_mib_at_once(bencher: divan::Bencher<'_, '_>, listen: &str) {
    let pair = Pair::new(listen);
    bencher.counter(BytesCount::new(8 * ONE_MIB)).bench_local(|| pair.ask(ONE_MIB, 8));
}
