//! Finding identities by what people type.

use erynoa_events::Body;
use erynoa_identity::Search;
use erynoa_kernel::{Did, Namespace};
use proptest::prelude::*;

use crate::world::{Who, World, creation, who};

fn named(world: &mut World, number: u32, name: &str) -> Who {
    let mut body = creation(Namespace::SelfHood, None);
    body.display_name = name.to_owned();
    let who = who(Namespace::SelfHood, number);
    world.says(who, Body::IdentityCreated(body)).expect("a person");
    who
}

fn found(world: &World, query: &str) -> Vec<Who> {
    Search::new(query)
        .page(&world.directory, None, 100)
        .iter()
        .map(|(_, identity)| Who { id: identity.did.identity, key: identity.keys[0].public_key })
        .collect()
}

#[test]
fn a_part_of_a_name_in_any_case_finds_and_the_newest_comes_first() {
    let mut world = World::new();
    let anna = named(&mut world, 1, "Anna Österberg");
    let hannah = named(&mut world, 2, "Hannah");
    let bert = named(&mut world, 3, "Bert");
    assert_eq!(found(&world, " ANNA "), [hannah, anna]);
    assert_eq!(found(&world, "öster"), [anna]);
    assert_eq!(found(&world, ""), [bert, hannah, anna]);
    assert_eq!(found(&world, "nobody"), []);
}

#[test]
fn the_beginning_of_a_did_or_id_finds_and_its_middle_does_not() {
    let mut world = World::new();
    let anna = named(&mut world, 1, "");
    named(&mut world, 2, "");
    let did = Did { namespace: Namespace::SelfHood, identity: anna.id }.to_string();
    let uid = anna.id.to_string();
    assert_eq!(found(&world, &did), [anna]);
    assert_eq!(found(&world, &did[..did.len() - 30]), [anna]);
    assert_eq!(found(&world, &uid[..20].to_uppercase()), [anna]);
    assert_eq!(found(&world, &uid[8..40]), []);
    assert_eq!(found(&world, "did:erynoa:self:").len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Pages of any size, one after the other, are the whole list.
    #[test]
    fn pages_add_up_to_everything(people in 0u32..30, size in 1usize..12) {
        let mut world = World::new();
        for number in 0..people {
            named(&mut world, number, if number % 3 == 0 { "Anna" } else { "Bert" });
        }
        let search = Search::new("anna");
        let mut before = None;
        let mut all = Vec::new();
        loop {
            let page = search.page(&world.directory, before, size);
            prop_assert!(page.len() <= size);
            let Some((last, _)) = page.last() else { break };
            before = Some(*last);
            all.extend(page.iter().map(|(_, identity)| identity.did.identity));
        }
        let expected: Vec<_> =
            (0..people).rev().filter(|n| n % 3 == 0).map(|n| who(Namespace::SelfHood, n).id).collect();
        prop_assert_eq!(all, expected);
    }
}
