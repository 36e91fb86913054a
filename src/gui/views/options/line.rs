//! One option on the sheet: its name, what it is set to, a sentence, and the way back to how it comes.

use super::{Changed, Of};
use crate::gui::parts::{PickItem, Picker, Press};
use crate::gui::theme::{self, icon, tokens};
use crate::integration::Options;
use egui::{Align, DragValue, Id, Label, Layout, TextEdit, Ui};
use std::ops::RangeInclusive;

/// Widest list of choices.
const WIDE: f32 = 300.0;

/// The options while they are shown.
pub(super) struct Sheet<'a> {
    /// What they belong to.
    pub of: &'a Of<'a>,
    /// The options.
    pub options: &'a mut Options,
    changed: Option<Changed>,
}

/// One option, before it is shown.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub help: &'a str,
    /// Why it means nothing here.
    pub why_not: Option<&'a str>,
}

impl Line<'_> {
    /// An option that means something.
    pub(super) fn new<'a>(name: &'static str, help: &'a str) -> Line<'a> {
        Line { name, help, why_not: None }
    }
}

impl<'a> Sheet<'a> {
    pub(super) fn new(of: &'a Of<'a>, options: &'a mut Options) -> Sheet<'a> {
        Sheet { of, options, changed: None }
    }

    /// What was changed in this frame.
    pub(super) fn changed(self) -> Option<Changed> {
        self.changed
    }

    /// Takes note of a change.
    pub(super) fn note(&mut self, what: &'static str, typed: bool) {
        self.changed = Some(Changed { what, typed });
    }

    /// An option that is on or off.
    pub(super) fn check_ui(&mut self, ui: &mut Ui, line: Line<'_>, of: impl Fn(&mut Options) -> &mut bool) {
        let plain = *of(&mut Options::default());
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.horizontal(|ui| {
                let value = of(self.options);
                let mut on = *value;
                let enabled = line.why_not.is_none();
                if ui.add_enabled(enabled, egui::Checkbox::new(&mut on, line.name)).changed() {
                    *value = on;
                    self.note(line.name, false);
                }
                if on != plain && self.back_ui(ui, line.name) {
                    *of(self.options) = plain;
                }
            });
            let left = egui::Margin { left: 20, ..egui::Margin::ZERO };
            egui::Frame::new().inner_margin(left).show(ui, |ui| sentence_ui(ui, line));
        });
    }

    /// An option with a control at the right end of its line. The control says whether it changed the value, and whether by typing.
    pub(super) fn line_ui<T: PartialEq + Clone>(
        &mut self,
        ui: &mut Ui,
        line: Line<'_>,
        of: impl Fn(&mut Options) -> &mut T,
        control_ui: impl FnOnce(&mut Ui, Id, &mut T) -> bool,
    ) {
        let plain = of(&mut Options::default()).clone();
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.horizontal(|ui| {
                let label = ui.label(line.name);
                if *of(self.options) != plain && self.back_ui(ui, line.name) {
                    *of(self.options) = plain;
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.add_enabled_ui(line.why_not.is_none(), |ui| {
                        let before = of(self.options).clone();
                        let typed = control_ui(ui, label.id, of(self.options));
                        if *of(self.options) != before {
                            self.note(line.name, typed);
                        }
                    });
                });
            });
            sentence_ui(ui, line);
        });
    }

    /// A number; `words` is what is said of it.
    pub(super) fn number_ui(
        &mut self,
        ui: &mut Ui,
        line: Line<'_>,
        range: RangeInclusive<u64>,
        words: impl Fn(u64) -> String,
        of: impl Fn(&mut Options) -> &mut u64,
    ) {
        self.line_ui(ui, line, of, |ui, label, value| {
            number(ui, label, range, &words, value);
            true
        });
    }

    /// A choice of few, side by side.
    pub(super) fn choice_ui<T: PartialEq + Clone>(
        &mut self,
        ui: &mut Ui,
        line: Line<'_>,
        choices: &[(T, &str)],
        of: impl Fn(&mut Options) -> &mut T,
    ) {
        self.line_ui(ui, line, of, |ui, _, value| {
            ui.spacing_mut().item_spacing.x = 2.0;
            // From right to left.
            for (choice, name) in choices.iter().rev() {
                let said = format!("{}: {name}", line.name);
                if Press::new(name).name(&said).low().chosen(value == choice).ui(ui).clicked() {
                    *value = choice.clone();
                }
            }
            false
        });
    }

    /// A choice of several, as a list below the name.
    pub(super) fn list_ui<T: PartialEq + Clone>(
        &mut self,
        ui: &mut Ui,
        line: Line<'_>,
        shown: &str,
        choices: &[(T, String)],
        of: impl Fn(&mut Options) -> &mut T,
    ) {
        let plain = of(&mut Options::default()).clone();
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            ui.horizontal(|ui| {
                ui.label(line.name);
                if *of(self.options) != plain && self.back_ui(ui, line.name) {
                    *of(self.options) = plain;
                }
            });
            ui.add_enabled_ui(line.why_not.is_none(), |ui| {
                let items = || choices.iter().map(|(_, words)| PickItem::new(words, words)).collect();
                let picker = Picker::new(Id::unique(("option", line.name)), line.name, shown);
                if let Some(words) = picker.width(ui.available_width().min(WIDE)).ui(ui, items)
                    && let Some((choice, _)) = choices.iter().find(|(_, known)| *known == words)
                {
                    *of(self.options) = choice.clone();
                    self.note(line.name, false);
                }
            });
            sentence_ui(ui, line);
        });
    }

    /// A text below its name.
    pub(super) fn text_ui(
        &mut self,
        ui: &mut Ui,
        line: Line<'_>,
        hint: &str,
        of: impl Fn(&mut Options) -> &mut String,
    ) {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            let label = ui.label(line.name);
            let mut text = of(self.options).clone();
            let edit = TextEdit::singleline(&mut text).hint_text(hint.to_owned()).desired_width(f32::INFINITY);
            let response = ui.add(edit.margin(egui::Margin::symmetric(8, 5))).labelled_by(label.id);
            if response.changed() {
                *of(self.options) = text;
                self.note(line.name, true);
            }
            sentence_ui(ui, line);
        });
    }

    /// The mark of what is not as it comes, which leads back to that.
    fn back_ui(&mut self, ui: &mut Ui, name: &'static str) -> bool {
        let said = format!("Reset: {name}");
        let press = Press::icon_only(icon::ROTATE_CCW, &said).icon_colour(tokens(ui).accent_text).low();
        let back = press.ui(ui).clicked();
        if back {
            self.note(name, false);
        }
        back
    }
}

/// A number with words around it, to be dragged or typed.
pub(super) fn number(
    ui: &mut Ui,
    label: Id,
    range: RangeInclusive<u64>,
    words: &impl Fn(u64) -> String,
    value: &mut u64,
) {
    let speed = ((*range.end() - *range.start()) as f64 / 400.0).clamp(0.1, 50.0);
    let digits = |text: &str| -> Option<f64> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    let drag = DragValue::new(value).range(range).speed(speed);
    let drag = drag.custom_formatter(|value, _| words(value.round().max(0.0) as u64)).custom_parser(digits);
    ui.add(drag.update_while_editing(false)).labelled_by(label);
}

fn sentence_ui(ui: &mut Ui, line: Line<'_>) {
    let text = line.why_not.unwrap_or(line.help);
    if !text.is_empty() {
        ui.add(Label::new(theme::small(text).color(tokens(ui).quiet)).wrap());
    }
}
