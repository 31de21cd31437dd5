"""Names the admin site. Django loads this before any model, so it stands apart from the site itself."""

from django.contrib.admin.apps import AdminConfig


class LeadAdminConfig(AdminConfig):
    default_site = "accounts.admin_site.LeadAdminSite"
