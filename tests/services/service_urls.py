"""The paths of the services."""

from django.conf import settings
from django.urls import include, path
from people.models import Invoice
from rest_framework.routers import DefaultRouter
from rest_framework.serializers import ModelSerializer
from rest_framework.viewsets import ModelViewSet


class InvoiceSerializer(ModelSerializer):
    class Meta:
        model = Invoice
        fields = ["id", "customer"]


class InvoiceViewSet(ModelViewSet):
    queryset = Invoice.objects.order_by("id")
    serializer_class = InvoiceSerializer


router = DefaultRouter()
router.register("invoices", InvoiceViewSet)

if "dj_rest_auth" in settings.INSTALLED_APPS:
    logins = [path("dj-rest-auth/", include("dj_rest_auth.urls"))]
else:
    logins = [path("auth/", include("djoser.urls")), path("auth/", include("djoser.urls.jwt"))]

urlpatterns = [path("api/", include(router.urls)), *logins]
