"""The addresses of the REST API. Each needs a token but the schema, which tells nothing of any study."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from simlab.exchange.rest import judging, numbers, people, running, studies

ONE = "studies/<uuid:study>/"

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[]), name="api-schema"),
    path("templates/", studies.Templates.as_view(), name="api-templates"),
    path("validate/", studies.Validate.as_view(), name="api-validate"),
    path("studies/", studies.Studies.as_view(), name="api-studies"),
    path(ONE, studies.OneStudy.as_view(), name="api-study"),
    path(f"{ONE}protocol/", studies.Protocol.as_view(), name="api-protocol"),
    path(f"{ONE}protocols/", studies.Protocols.as_view(), name="api-protocols"),
    path(f"{ONE}documents/", studies.Documents.as_view(), name="api-documents"),
    path(f"{ONE}transitions/", studies.Transitions.as_view(), name="api-transitions"),
    path(f"{ONE}amendments/", studies.Amendments.as_view(), name="api-amendments"),
    path(f"{ONE}amendments/<int:number>/", studies.OneAmendment.as_view(), name="api-amendment"),
    path(f"{ONE}balance/", studies.Balance.as_view(), name="api-balance"),
    path(f"{ONE}preview/", people.Preview.as_view(), name="api-preview"),
    path(f"{ONE}run/", people.Run.as_view(), name="api-run"),
    path(f"{ONE}people/", people.People.as_view(), name="api-people"),
    path(f"{ONE}people/<int:role>/", people.OneRole.as_view(), name="api-role"),
    path(f"{ONE}participants/", running.Participants.as_view(), name="api-participants"),
    path(f"{ONE}participants/<uuid:participant>/windows/", running.Windows.as_view(), name="api-windows"),
    path(f"{ONE}invitations/", running.Invitations.as_view(), name="api-invitations"),
    path(f"{ONE}invitations/<uuid:invitation>/", running.OneInvitation.as_view(), name="api-invitation"),
    path(f"{ONE}mail/", running.Mails.as_view(), name="api-mails"),
    path(f"{ONE}mail/<uuid:mail>/", running.OneMail.as_view(), name="api-mail"),
    path(f"{ONE}analyses/", numbers.Analyses.as_view(), name="api-analyses"),
    path(f"{ONE}analyses/<uuid:run>/", numbers.OneAnalysis.as_view(), name="api-analysis"),
    path(f"{ONE}analyses/<uuid:run>/result/", numbers.Result.as_view(), name="api-result"),
    path(f"{ONE}analyses/<uuid:run>/data/", numbers.Data.as_view(), name="api-data"),
    path(f"{ONE}power/", numbers.Powers.as_view(), name="api-powers"),
    path(f"{ONE}power/<uuid:power>/", numbers.OnePower.as_view(), name="api-power"),
    path(f"{ONE}power/<uuid:power>/result/", numbers.PowerResult.as_view(), name="api-power-result"),
    path(f"{ONE}adjudication/", judging.Adjudication.as_view(), name="api-adjudication"),
    path(f"{ONE}adjudication/rescore/", judging.Rescoring.as_view(), name="api-rescore"),
    path(f"{ONE}gaps/", judging.Gaps.as_view(), name="api-gaps"),
    path(f"{ONE}instruments/", judging.Instruments.as_view(), name="api-instruments"),
    path(f"{ONE}mail-rules/", judging.Rules.as_view(), name="api-mail-rules"),
    path(f"{ONE}looks/", judging.Looks.as_view(), name="api-looks"),
    path("monitoring/<uuid:study>/", judging.Monitor.as_view(), name="api-monitor"),
    path("monitoring/<uuid:study>/decision/", judging.MonitorDecision.as_view(), name="api-monitor-decision"),
]
