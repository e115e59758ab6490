"""The same flow for oTree 6: a case of about 1.5 kB with an answer and a confidence; then advice and a last answer."""

from otree.api import BaseConstants, BaseGroup, BasePlayer, BaseSubsession, Page, models, widgets

ANSWERS = [[n, f"Plan number {n} for this patient, in so many words"] for n in range(1, 6)]
CASE = " ".join(f"Finding {n} was asked for and was found to be as it should be at this age." for n in range(1, 20))


class C(BaseConstants):
    NAME_IN_URL = "vignettes"
    PLAYERS_PER_GROUP = None
    NUM_ROUNDS = 48


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    pass


class Player(BasePlayer):
    initial = models.IntegerField(choices=ANSWERS, widget=widgets.RadioSelect, label="What would you do?")
    confidence = models.IntegerField(min=0, max=100, label="How sure are you, from 0 to 100?")
    final = models.IntegerField(choices=ANSWERS, widget=widgets.RadioSelect, label="Your last answer")


class Decide(Page):
    form_model = "player"
    form_fields = ["initial", "confidence"]

    @staticmethod
    def vars_for_template(player):
        return {"case": CASE}


class Advise(Page):
    form_model = "player"
    form_fields = ["final"]

    @staticmethod
    def vars_for_template(player):
        return {"advice": ANSWERS[player.round_number % 5][1]}


page_sequence = [Decide, Advise]
