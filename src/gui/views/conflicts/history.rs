//! Everything that happened to a conflict, the newest first; folded until somebody asks.

use super::head;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::Press;
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::store::ConflictEvent;
use crate::sync::{Matter, Resolution};
use crate::workspace::ConflictStory;
use egui::{Label, RichText, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, story: &ConflictStory) {
    // What was said is shown without asking: somebody wanted it to be read.
    let matter = &story.conflict.matter;
    let comments: Vec<&ConflictEvent> = story.events.iter().filter(|event| event.what == "commented").collect();
    ui.add_space(6.0);
    for event in &comments {
        event_ui(ui, state, matter, event);
    }
    let open = draft.conflicts.history_open;
    let words = format!("History, {}", format::count(story.events.len() as u64, "entry", "entries"));
    let mark = if open { icon::CHEVRON_DOWN } else { icon::CHEVRON_RIGHT };
    if Press::new(&words).icon(mark).low().quiet().ui(ui).clicked() {
        draft.conflicts.history_open = !open;
    }
    if open {
        story.events.iter().rev().for_each(|event| event_ui(ui, state, matter, event));
    }
}

fn event_ui(ui: &mut Ui, state: &State, matter: &Matter, event: &ConflictEvent) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let mark = match event.what.as_str() {
            "found" => icon::FLAG,
            "decided" => icon::CHECK,
            "taken_back" => icon::UNDO_2,
            "written" => icon::CIRCLE_CHECK,
            "settled" => icon::EQUAL,
            "assigned" => icon::USER_ROUND,
            "commented" => icon::MESSAGE_SQUARE,
            _ => icon::TRIANGLE_ALERT,
        };
        ui.label(RichText::new(mark).size(13.0).color(tokens(ui).quiet));
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            let mut words = event.label().to_owned();
            if let Some(after) = &event.after {
                words.push_str(&format!(": {}", in_words(matter, after)));
            }
            if !event.note.is_empty() {
                words = if event.what == "commented" { event.note.clone() } else { format!("{words}: {}", event.note) };
            }
            ui.add(Label::new(RichText::new(words).color(tokens(ui).text)).wrap().selectable(true));
            let who = if event.who == "sync" { "The sync" } else { event.who.as_str() };
            let when =
                ui.label(theme::small(format!("{who}, {}", format::ago(event.at, state.now))).color(tokens(ui).quiet));
            when.on_hover_text(format::exact(event.at));
        });
    });
}

/// A decision in words, with the ends' own names.
pub(super) fn in_words(matter: &Matter, resolution: &Resolution) -> String {
    match resolution {
        Resolution::Fields(choices) => {
            let label = |path: &str| {
                let line = matter.lines.iter().find(|line| line.path == path);
                line.map_or_else(|| path.to_owned(), |line| line.label.clone())
            };
            let told =
                choices.iter().map(|(path, choice)| format!("{} as {}", label(path), head::chosen(matter, choice)));
            told.collect::<Vec<_>>().join(", ")
        }
        Resolution::Pairs(pairs) if pairs.is_empty() => "none of them belong together".to_owned(),
        Resolution::Pairs(pairs) => {
            let told = pairs.iter().map(|(left, right)| format!("{right} is {left}"));
            told.collect::<Vec<_>>().join(", ")
        }
        whole => matter.deed(whole),
    }
}
