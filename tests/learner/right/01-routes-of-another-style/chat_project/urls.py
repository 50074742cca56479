import django.contrib.admin
from django.urls import re_path

urlpatterns = []
urlpatterns += [re_path(r"^admin/", django.contrib.admin.site.urls)]
