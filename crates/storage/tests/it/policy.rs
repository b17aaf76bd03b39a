//! Who may do what.

use erynoa_storage::{Action, File, FileAccess, Viewer, may};

use super::house::{house, owner, realm};

#[tokio::test]
async fn every_viewer_gets_exactly_what_the_policy_table_says() {
    let stored = house().await.file("a.txt", 10).await;
    let stored = File { owner: owner(1), realm: Some(realm(1)), ..stored };
    let nobody = Viewer::default();
    let other = Viewer { account: Some(owner(2)), ..nobody };
    let member = Viewer { is_member: true, ..other };
    let linked = Viewer { has_link: true, ..nobody };
    let operator = Viewer { is_operator: true, ..other };
    let owner = Viewer { account: Some(owner(1)), ..nobody };
    // What of See, Read, Edit, Delete each may.
    let table = [
        (FileAccess::Private, ["", "", "", "", "SD", "SRED"]),
        (FileAccess::Members, ["", "", "SR", "", "SD", "SRED"]),
        (FileAccess::Link, ["", "", "SR", "SR", "SD", "SRED"]),
        (FileAccess::Public, ["SR", "SR", "SR", "SR", "SRD", "SRED"]),
    ];
    for (access, expected) in table {
        for (viewer, expected) in
            [nobody, other, member, linked, operator, owner].iter().zip(expected)
        {
            let file = File { access, ..stored.clone() };
            assert_eq!(allowed(&file, viewer), expected, "{access:?} {viewer:?}");
            // What is in the bin is gone for everybody but its owner and those
            // who answer for the installation.
            let binned = File { binned_at_us: Some(1), ..file };
            let expected = match expected {
                "SRED" => "SRED",
                _ if viewer.is_operator => "SD",
                _ => "",
            };
            assert_eq!(allowed(&binned, viewer), expected, "binned {access:?} {viewer:?}");
        }
    }
}

fn allowed(file: &File, viewer: &Viewer) -> String {
    [('S', Action::See), ('R', Action::Read), ('E', Action::Edit), ('D', Action::Delete)]
        .iter()
        .filter(|(_, action)| may(*action, file, viewer))
        .map(|(letter, _)| *letter)
        .collect()
}
