//! What the context and the spam guard add to every request:
//! `cargo bench -p erynoa-execution`.

use divan::Bencher;
use divan::counter::ItemsCount;
use erynoa_execution::{
    Allowance, Budget, Context, Cost, Emitted, Exhausted, FairQueue, Mana, Meter, Payer, Reader,
    TrustSnapshot, gas, mana,
};
use erynoa_kernel::{IdentityId, Namespace, PublicKey, RealmId};

fn main() {
    divan::main();
}

fn person(number: u64) -> IdentityId {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&number.to_be_bytes());
    IdentityId::of(Namespace::SelfHood, &PublicKey::from_bytes(key))
}

fn reader() -> Reader {
    Reader {
        executor: person(1),
        principal: person(1),
        delegation: Vec::new(),
        trust: TrustSnapshot::default(),
        realm: RealmId::NULL,
        now_us: 0,
    }
}

const LIMITS: Budget = Budget { gas: gas::EVENT_MOST, mana: mana::EVENT, risk_ppm: 0 };

#[divan::bench]
fn submit_event_in_a_context(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(reader).bench_values(|reader| {
        Context::new(reader, LIMITS, Emitted::default()).run(|ctx| {
            ctx.spend(mana::cost(mana::EVENT))?;
            ctx.spend(gas::validate(2))?;
            ctx.spend(gas::signatures(1))?;
            ctx.spend(gas::trust_look_ups(1))?;
            ctx.emit([0_u8; 32]);
            Ok::<_, Exhausted>(())
        })
    });
}

#[divan::bench]
fn a_thousand_steps_of_a_policy(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(1_000_u32)).bench(|| {
        let mut meter = Meter::new(1_000_000);
        (0..1_000).try_for_each(|step| meter.step(divan::black_box(step % 50)))
    });
}

#[divan::bench]
fn cost_with_risk_in_sequence(bencher: Bencher<'_, '_>) {
    let budget = Budget { gas: 1_000, mana: 1_000, risk_ppm: 500_000 };
    bencher.with_inputs(|| Cost::new(1, 1, 1_000)).bench_values(|cost| budget.fits(cost, cost));
}

#[divan::bench(args = [1, 10_000, 65_536])]
fn mana_take(bencher: Bencher<'_, '_>, accounts: u64) {
    let payers: Vec<Payer> = (0..accounts).map(|number| Payer::Root(person(number))).collect();
    let mut ledger = Mana::default();
    let allowance = Allowance::of(100_000);
    let mut now_us = 0;
    for payer in &payers {
        ledger.take(*payer, allowance, 1, now_us).expect("a full account");
    }
    let mut turn = payers.iter().cycle();
    bencher.bench_local(|| {
        now_us += 100_000;
        ledger.take(*turn.next().expect("a cycle"), allowance, mana::EVENT, now_us)
    });
}

#[divan::bench]
fn fair_queue_of_a_hundred_streams(bencher: Bencher<'_, '_>) {
    let mut queue = FairQueue::new(10_000, 100);
    for item in 0..1_000_u32 {
        queue.push(item % 100, 1 + item % 3, gas::SIGNATURE, item).expect("room");
    }
    bencher.bench_local(|| {
        let (stream, item) = queue.pop().expect("items");
        queue.push(stream, 1 + item % 3, gas::SIGNATURE, item)
    });
}
