"""Named questions to the study tables."""

from django.db import models


class StudyQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Studies in which the user holds a role; administrators see every one."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(roles__user=user).distinct()

    def running_trials(self):
        """Trials that take answers: what they use is kept from teaching until they are locked."""
        return self.filter(kind__in=["main", "pilot"], state__in=["launched", "paused"])

    def real_and_demo(self):
        """All but the twins, which are found through their parent."""
        return self.exclude(kind__in=["rehearsal", "preview"])


class DocumentQuerySet(models.QuerySet):
    def latest_of(self, study, kind):
        return self.filter(study=study, kind=kind).order_by("-version").first()


class PackVersionQuerySet(models.QuerySet):
    def latest_of(self, pack):
        return self.filter(pack=pack).order_by("-number").first()


class CaseVersionQuerySet(models.QuerySet):
    def of_pack_version(self, pack_version):
        """The exact case versions that a loaded pack names by hash."""
        return self.filter(pack=pack_version.pack, sha256__in=pack_version.content["cases"].values())


class CaseImageQuerySet(models.QuerySet):
    def described(self):
        """Without the bytes."""
        return self.defer("content")


class InvitationQuerySet(models.QuerySet):
    def usable(self):
        return self.filter(closed_at=None).filter(models.Q(kind="open") | models.Q(used_at=None))


class SlotQuerySet(models.QuerySet):
    def with_counts(self):
        """Rows of the balance table: stratum, arm, drawn, claimed."""
        return (
            self.values("stratum", "arm")
            .annotate(drawn=models.Count("pk"), claimed=models.Count("participant"))
            .order_by("stratum", "arm")
        )
