//! Rules to begin with.

use erynoa_realms::templates;

use crate::world::{World, below, realm, root};

#[test]
fn every_template_makes_a_realm_below_the_root() {
    let mut world = World::new();
    for (n, template) in templates().into_iter().enumerate() {
        let id = realm(u8::try_from(n).expect("few"));
        let ids: Vec<&str> = template.rules.iter().map(|rule| rule.id.as_str()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{}: {ids:?}", template.id);
        world
            .create(below(id, root(), 1, template.rules.clone()))
            .unwrap_or_else(|error| panic!("{}: {error}", template.id));
    }
}

#[test]
fn templates_have_different_names() {
    let names: std::collections::BTreeSet<_> = templates().iter().map(|t| t.id).collect();
    assert_eq!(names.len(), templates().len());
}

#[test]
fn in_an_agents_workshop_agents_work_and_people_govern() {
    let mut world = World::new();
    let workshop = templates().into_iter().find(|t| t.id == "agents-workshop").expect("exists");
    world.found(realm(1), root(), 1, workshop.rules);
    world.enter(realm(1), 101);
    let custom = erynoa_events::Custom { type_number: 9, version: 1, data: Vec::new().into() };
    let works = erynoa_events::Body::Custom(custom);
    assert!(world.refused(crate::world::who(101), realm(1), works).is_empty());
    let said = crate::world::proposal(erynoa_events::ProposalKind::Treasury);
    let proposes = erynoa_events::Body::Proposal(said);
    assert!(world.refused(crate::world::who(1), realm(1), proposes.clone()).is_empty());
    assert_eq!(world.refused(crate::world::who(101), realm(1), proposes), ["RULE_DENIES"]);
}
