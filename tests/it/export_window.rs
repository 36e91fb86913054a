//! Exports on their screen: a query is put together by eye, looked at, and written into a file.

use crate::window::{Walk, open_at, press, until, until_said, walk_in_a_fresh_home};
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use linkspan::gui::Screen;

#[test]
fn a_query_is_put_together_by_eye_and_written_into_a_file() {
    walk_in_a_fresh_home("export_window::walks::by_eye");
}

#[test]
fn a_query_of_ones_own_says_what_is_wrong_with_it() {
    walk_in_a_fresh_home("export_window::walks::by_hand");
}

fn open() -> Walk {
    let mut walk = open_at(egui::vec2(1280.0, 800.0));
    until_said(&mut walk, "Northwind customers");
    walk.state_mut().as_mut().unwrap().window.draft.go(Screen::Export);
    walk.run_steps(3);
    until_said(&mut walk, "Object to export: not chosen");
    until(&mut walk, "the objects", |walk| {
        walk.state()
            .as_ref()
            .is_some_and(|session| session.window.state.objects.values().any(|objects| objects.here().is_some()))
    });
    walk
}

fn choose(walk: &mut Walk, picker: &str, name: &str, typed: &str) {
    walk.get_by_label(picker).click();
    walk.run_steps(3);
    walk.get_by_label(&format!("Search in {name}")).type_text(typed);
    walk.run_steps(2);
    walk.key_press(egui::Key::Enter);
    walk.run_steps(3);
}

fn save_as(walk: &mut Walk, path: &std::path::Path) {
    let field = walk.get_by_role_and_label(Role::TextInput, "Save as");
    field.focus();
    walk.run_steps(2);
    walk.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    walk.event(egui::Event::Text(path.display().to_string()));
    walk.run_steps(3);
}

mod walks {
    use super::*;

    #[test]
    #[ignore = "runs in a process of its own"]
    fn by_eye() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("won.csv");
        let mut walk = open();
        choose(&mut walk, "Object to export: not chosen", "Object to export", "opportunity");
        until_said(&mut walk, "Object to export: Opportunity");
        until_said(&mut walk, "Export Name");
        walk.get_by_role_and_label(Role::CheckBox, "Export Amount").click();
        walk.run_steps(3);
        walk.get_by_label("Fields of Account").scroll_to_me();
        walk.run_steps(3);
        press(&mut walk, "Fields of Account");
        until_said(&mut walk, "Export Account.Name");
        walk.get_by_role_and_label(Role::CheckBox, "Export Account.Name").scroll_to_me();
        walk.run_steps(3);
        walk.get_by_role_and_label(Role::CheckBox, "Export Account.Name").click();
        walk.run_steps(3);
        press(&mut walk, "Add a condition");
        choose(&mut walk, "Field of condition 1: not chosen", "Field of condition 1", "iswon");
        let value = walk.get_by_role_and_label(Role::TextInput, "Value of condition 1");
        value.focus();
        walk.run_steps(2);
        walk.event(egui::Event::Text("yes".to_owned()));
        walk.run_steps(3);
        until_said(&mut walk, "SELECT Id, Name, Amount, Account.Name FROM Opportunity WHERE IsWon = true");
        until_said(&mut walk, "REST because");
        save_as(&mut walk, &path);
        walk.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Enter);
        until_said(&mut walk, "rows in ");
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(written.starts_with("Id,Name,Amount,Account.Name\n") && written.lines().count() > 10, "{written}");
        until_said(&mut walk, "won.csv");
        press(&mut walk, "Import this file");
        until(&mut walk, "the import", |walk| {
            walk.state().as_ref().is_some_and(|session| session.window.draft.screen == Screen::Import)
        });
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn by_hand() {
        let mut walk = open();
        walk.get_by_role_and_label(Role::CheckBox, "Write the query myself").click();
        walk.run_steps(3);
        let field = walk.get_by_label("Query to export");
        field.focus();
        walk.run_steps(2);
        walk.event(egui::Event::Text("SELECT Nonsense FROM Account".to_owned()));
        walk.run_steps(3);
        press(&mut walk, "Look at it");
        until_said(&mut walk, "Nonsense");
        until_said(&mut walk, "No such column");
    }
}
